extension Credential {
    /// The `Authorization` header of the Basic scheme (RFC 7617); `nil` for what is no password.
    var basicAuthorization: String? {
        guard case .password(let user, let password) = self else { return nil }
        return "Basic \(Base64.encode(Array("\(user):\(password)".utf8)))"
    }
}
