internal import OCI

extension Credential {
    /// The `Authorization` header for the Basic scheme (RFC 7617); `nil` for anything but a password.
    var basicAuthorization: String? {
        guard case .password(let user, let password) = self else { return nil }
        return "Basic \(Base64.encode(Array("\(user):\(password)".utf8)))"
    }

    /// Returns true if the text can be sent as a token: visible ASCII characters, more than RFC 6750, section 2.1,
    /// allows, but nothing that could break out of the header.
    static func isToken(_ text: String) -> Bool { !text.isEmpty && text.utf8.allSatisfy { (0x21...0x7E).contains($0) } }
}
