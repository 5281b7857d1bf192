/// What proves to a registry who we are. It never shows its secret, neither printed nor dumped.
package enum Credential: Sendable, Hashable {
    /// A user name and a password, for Basic authentication or to get a token with.
    case password(user: String, password: String)
    /// An OAuth 2 refresh token, to get a bearer token with.
    case identityToken(String)
    /// A bearer token, to be sent as it is.
    case registryToken(String)

    /// What a credential program tells with this user name is an identity token, not a password.
    static let identityTokenUser = "<token>"

    /// The user name, where there is one.
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
