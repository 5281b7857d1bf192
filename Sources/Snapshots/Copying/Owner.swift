internal import OCI

/// The user and the group that files belong to.
package struct Owner: Sendable, Hashable {
    package var uid: UInt32
    package var gid: UInt32

    package init(uid: UInt32, gid: UInt32) {
        self.uid = uid
        self.gid = gid
    }

    /// Understands `--chown=user:group` (Dockerfile reference, COPY, "--chown --chmod").
    ///
    /// A number is a number, even where a user is called so. Without a group, a number is also that of the group, and
    /// a name has the group that the image gives it.
    ///
    /// - Parameters:
    ///   - text: `user` or `user:group`, each a name or a number; an empty user is root.
    ///   - passwd: The image's `/etc/passwd`; `nil` when it has none.
    ///   - group: The image's `/etc/group`.
    /// - Throws: ``OCI/ImageError`` for a name that is not there.
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
            let line = try Self.line(user, fields: 4, in: try passwd(), file: "/etc/passwd", text)
            guard let uid = UInt32(line[2]), let gid = UInt32(line[3]) else {
                throw Self.unknown(text, user, "has no numbers in the image's /etc/passwd")
            }
            self.init(uid: uid, gid: gid)
        }
        guard parts.count > 1, !parts[1].isEmpty else { return }
        if let number = UInt32(parts[1]) {
            gid = number
        } else {
            let line = try Self.line(parts[1], fields: 3, in: try group(), file: "/etc/group", text)
            guard let number = UInt32(line[2]) else {
                throw Self.unknown(text, parts[1], "has no number in the image's /etc/group")
            }
            gid = number
        }
    }

    /// The owner of what is made for a user, as USER names one, who need not be known: what the image does not know of
    /// the user is root's, and an unknown group is the user's own.
    ///
    /// - Parameters: Those of ``init(parsing:passwd:group:)``.
    package init(of user: String, passwd: [UInt8]?, group: [UInt8]?) {
        let parts = user.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let known = parts.first.flatMap { try? Owner(parsing: $0, passwd: passwd, group: nil) }
        self = known ?? Owner(uid: 0, gid: 0)
        guard parts.count > 1, !parts[1].isEmpty else { return }
        if let gid = (try? Owner(parsing: ":\(parts[1])", passwd: nil, group: group))?.gid { self.gid = gid }
    }

    private static func line(
        _ name: String, fields: Int, in content: [UInt8]?, file: String, _ text: String
    ) throws(ImageError) -> [Substring] {
        guard let content else { throw unknown(text, name, "is not known: the image has no \(file)") }
        for line in String(decoding: content, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: ":", omittingEmptySubsequences: false)
            if parts.count >= fields, parts[0] == name { return parts }
        }
        throw unknown(text, name, "is not in the image's \(file)")
    }

    private static func unknown(_ text: String, _ name: String, _ reason: String) -> ImageError {
        ImageError(
            .failed, "cannot use --chown=\(text)", "\(name) \(reason)",
            advice: "create it in an earlier step, or write a number")
    }
}
