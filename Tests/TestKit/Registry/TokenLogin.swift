internal import Foundation

/// The credentials that a client has sent to a ``TokenServer``, not yet checked.
struct TokenLogin {
    let user: String
    /// `nil` stands for a refresh token that is good, which needs no password.
    private let password: String?

    /// Finds Basic credentials, or those of an OAuth 2 form: a refresh token, or name and password.
    ///
    /// `nil` when there are none.
    init?(_ head: HTTPHead, _ fields: [(name: String, value: String)], refreshTokens: [String: String]) {
        func field(_ name: String) -> String? { fields.first { $0.name == name }?.value }
        if let header = head["Authorization"] {
            let encoded = header.split(separator: " ").last.map(String.init) ?? ""
            let text = Data(base64Encoded: encoded).map { String(decoding: $0, as: UTF8.self) } ?? ""
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            user = parts.first ?? ""
            password = parts.count > 1 ? parts[1] : ""
        } else if field("grant_type") == "refresh_token" {
            let owner = field("refresh_token").flatMap { refreshTokens[$0] }
            user = owner ?? ""
            password = owner == nil ? "" : nil
        } else if field("grant_type") == "password" {
            user = field("username") ?? ""
            password = field("password") ?? ""
        } else {
            return nil
        }
    }

    /// Whether the credentials are those of one of the users, given with their passwords.
    func isRight(among users: [String: String]) -> Bool {
        password == nil || users[user].map { $0 == password } ?? false
    }
}
