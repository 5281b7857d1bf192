internal import FileSystem
internal import OCI

/// The user that a program runs as (runtime-spec, config.md, "User").
struct ContainerUser: Hashable {
    var id: UInt32 = 0
    var group: UInt32 = 0
    /// All groups, including the primary one.
    var groups: [UInt32] = []
    var home: String?

    /// Finds a user as Docker does.
    ///
    /// - Parameters:
    ///   - text: `user` or `user:group`, each a name or a number; empty for root. Numbers need not exist.
    ///   - passwd: The content of `/etc/passwd` in the root file system, if it has one.
    ///   - groups: The content of `/etc/group`.
    /// - Throws: ``ImageError`` for an unknown name.
    init(_ text: String, passwd: String, groups: String) throws(ImageError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let wanted = parts.first.flatMap { $0.isEmpty ? nil : $0 } ?? "0"
        let number = UInt32(wanted)
        let account = UserDatabase.users(passwd.utf8).first { $0.name == wanted || $0.uid == number }
        let known = UserDatabase.groups(groups.utf8)
        if let account {
            id = account.uid
            group = account.gid
            home = account.home.isEmpty ? nil : account.home
        } else if let number {
            id = number
        } else {
            throw Self.unknown("user", wanted, "/etc/passwd")
        }
        if parts.count > 1, !parts[1].isEmpty {
            let named = known.first { $0.name == parts[1] }?.gid
            guard let group = named ?? UInt32(parts[1]) else { throw Self.unknown("group", parts[1], "/etc/group") }
            self.group = group
        } else if let account {
            self.groups = known.filter { $0.members.contains { $0 == account.name } }.map(\.gid)
        }
        if !self.groups.contains(group) { self.groups.insert(group, at: 0) }
    }

    private static func unknown(_ kind: String, _ name: String, _ file: String) -> ImageError {
        ImageError(
            .failed, "cannot run as the \(kind) \(name)", "the image's \(file) does not have it",
            advice: "create it in an earlier step, or use a number")
    }
}
