/// A credential for a registry. Its secret is never shown, neither printed nor dumped.
package enum Credential: Sendable, Hashable {
    /// A user name and password, for Basic authentication or for obtaining a token.
    case password(user: String, password: String)
    /// An OAuth 2 refresh token, for obtaining a bearer token.
    case identityToken(String)
    /// A bearer token, sent unchanged.
    case registryToken(String)

    /// The user name with which a credential helper marks an identity token.
    static let identityTokenUser = "<token>"

    /// The user name, if there is one.
    package var user: String? {
        if case .password(let user, _) = self { user } else { nil }
    }
}

extension Credential: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String {
        switch self {
        case .password(let user, _): "\(user) with a password"
        case .identityToken: "an identity token"
        case .registryToken: "a registry token"
        }
    }

    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
