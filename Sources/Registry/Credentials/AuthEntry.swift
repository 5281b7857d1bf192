internal import JSON
internal import OCI

/// A member of `auths` in Docker's config.json or containers-auth.json(5).
enum AuthEntry {
    /// The members used here; all others belong to other programs.
    private static let names = ["auth", "username", "password", "identitytoken", "registrytoken"]

    /// Parses an entry. A registry token takes precedence over an identity token, and that over a password.
    ///
    /// - Returns: `nil` for an entry without a secret, which a credential helper has.
    /// - Throws: `JSONShapeError`, which never contains a value.
    static func credential(_ json: JSONValue, at path: JSONPath) throws(JSONShapeError) -> Credential? {
        var fields = try JSONFields(json, at: path)
        if let token = try fields.string("registrytoken"), !token.isEmpty {
            guard Credential.isToken(token) else {
                throw JSONShapeError(path: path.member("registrytoken"), problem: "it is not a token on one line")
            }
            return .registryToken(token)
        }
        if let token = try fields.string("identitytoken"), !token.isEmpty { return .identityToken(token) }
        if let auth = try fields.string("auth"), !auth.isEmpty {
            return try decode(auth, at: path.member("auth"))
        }
        let user = try fields.string("username") ?? ""
        let password = try fields.string("password") ?? ""
        return user.isEmpty && password.isEmpty ? nil : .password(user: user, password: password)
    }

    private static func decode(_ auth: String, at path: JSONPath) throws(JSONShapeError) -> Credential? {
        guard let bytes = Base64.decode(auth) else {
            throw JSONShapeError(path: path, problem: "it is not base64")
        }
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else {
            throw JSONShapeError(path: path, problem: "there is no colon between user name and password in it")
        }
        let password = bytes[(colon + 1)...].reversed().drop { $0 == 0 }.reversed()
        guard let user = String(validating: bytes[..<colon], as: UTF8.self),
            let password = String(validating: password, as: UTF8.self)
        else {
            throw JSONShapeError(path: path, problem: "it is not the base64 of UTF-8 text")
        }
        return user.isEmpty && password.isEmpty ? nil : .password(user: user, password: password)
    }

    /// An entry for a credential that keeps other programs' members of the old entry.
    ///
    /// - Parameter credential: `nil` if a credential helper has it.
    static func entry(_ credential: Credential?, replacing old: JSONValue?) -> JSONValue {
        var entry = old?.object ?? JSONObject()
        entry.members.removeAll { names.contains($0.name) }
        switch credential {
        case .password(let user, let password):
            entry["auth"] = .string(Base64.encode(Array("\(user):\(password)".utf8)))
        case .identityToken(let token): entry["identitytoken"] = .string(token)
        case .registryToken(let token): entry["registrytoken"] = .string(token)
        case nil: break
        }
        return .object(entry)
    }
}
