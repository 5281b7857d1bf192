extension Credential {
    /// The `Authorization` header of the Basic scheme (RFC 7617); `nil` for what is no password.
    var basicAuthorization: String? {
        guard case .password(let user, let password) = self else { return nil }
        return "Basic \(Base64.encode(Array("\(user):\(password)".utf8)))"
    }

    /// Whether a text can be sent as a token: visible characters of ASCII, which is more than RFC 6750, section 2.1,
    /// allows and less than would reach into the next header.
    static func isToken(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy { (0x21...0x7E).contains($0) } }
}
