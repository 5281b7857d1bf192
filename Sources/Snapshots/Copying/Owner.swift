internal import FileSystem
internal import OCI

/// The user and group that own files.
package struct Owner: Sendable, Hashable {
    package var uid: UInt32
    package var gid: UInt32

    package init(uid: UInt32, gid: UInt32) {
        self.uid = uid
        self.gid = gid
    }

    /// Parses `--chown=user:group` (Dockerfile reference, COPY, "--chown --chmod").
    ///
    /// A number is always an ID, even if a user has that name. Without a group, a numeric user ID is also the group ID,
    /// and a name has the primary group that the image defines.
    ///
    /// - Parameters:
    ///   - text: `user` or `user:group`, each a name or a number; an empty user is root.
    ///   - passwd: The image's `/etc/passwd`; `nil` if it has none.
    ///   - group: The image's `/etc/group`.
    /// - Throws: ``OCI/ImageError`` for an unknown name.
    package init(
        parsing text: String, passwd: @autoclosure () throws -> [UInt8]?, group: @autoclosure () throws -> [UInt8]?
    ) throws {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let user = parts.first ?? ""
        if user.isEmpty {
            self.init(uid: 0, gid: 0)
        } else if let number = UInt32(user) {
            self.init(uid: number, gid: number)
        } else {
            let known = try Self.find(user, in: try passwd().map(UserDatabase.users), \.name, "/etc/passwd", text)
            self.init(uid: known.uid, gid: known.gid)
        }
        guard parts.count > 1, !parts[1].isEmpty else { return }
        if let number = UInt32(parts[1]) {
            gid = number
        } else {
            gid = try Self.find(parts[1], in: try group().map(UserDatabase.groups), \.name, "/etc/group", text).gid
        }
    }

    /// The owner of files created for USER, which need not exist: an unknown user is treated as root, and an unknown
    /// group as the user's primary group.
    ///
    /// - Parameters: See ``init(parsing:passwd:group:)``.
    package init(of user: String, passwd: [UInt8]?, group: [UInt8]?) {
        let parts = user.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let known = parts.first.flatMap { try? Owner(parsing: $0, passwd: passwd, group: nil) }
        self = known ?? Owner(uid: 0, gid: 0)
        guard parts.count > 1, !parts[1].isEmpty else { return }
        if let gid = (try? Owner(parsing: ":\(parts[1])", passwd: nil, group: group))?.gid { self.gid = gid }
    }

    private static func find<Entry>(
        _ name: String, in entries: [Entry]?, _ own: KeyPath<Entry, String>, _ file: String, _ text: String
    ) throws(ImageError) -> Entry {
        guard let entries else { throw unknown(text, name, "is not known: the image has no \(file)") }
        guard let entry = entries.first(where: { $0[keyPath: own] == name }) else {
            throw unknown(text, name, "is not in the image's \(file)")
        }
        return entry
    }

    private static func unknown(_ text: String, _ name: String, _ reason: String) -> ImageError {
        ImageError(
            .failed, "cannot use --chown=\(text)", "\(name) \(reason)",
            advice: "create it in an earlier step, or write a number")
    }
}
