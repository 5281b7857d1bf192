internal import OCI

/// Whom a program runs as (runtime-spec, config.md, "User").
struct ContainerUser: Hashable {
    var id: UInt32 = 0
    var group: UInt32 = 0
    /// All groups, the first one included.
    var groups: [UInt32] = []
    var home: String?

    /// Finds a user as Docker does.
    ///
    /// - Parameters:
    ///   - text: `user`, `user:group`, each a name or a number; empty for root. A number need not be known.
    ///   - passwd: The content of `/etc/passwd` of the root file system, if it has one.
    ///   - groups: The content of `/etc/group`.
    /// - Throws: ``ImageError`` for a name that is in no file.
    init(_ text: String, passwd: String, groups: String) throws(ImageError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let wanted = parts.first.flatMap { $0.isEmpty ? nil : $0 } ?? "0"
        let account = Self.lines(passwd, fields: 7).first {
            $0[0] == wanted || $0[2] == wanted && UInt32(wanted) != nil
        }
        let groupLines = Self.lines(groups, fields: 3)
        if let account, let id = UInt32(account[2]), let group = UInt32(account[3]) {
            self.id = id
            self.group = group
            home = account[5].isEmpty ? nil : account[5]
        } else if let id = UInt32(wanted) {
            self.id = id
        } else {
            throw Self.unknown("user", wanted, "/etc/passwd")
        }
        if parts.count > 1, !parts[1].isEmpty {
            let named = groupLines.first { $0[0] == parts[1] }.flatMap { UInt32($0[2]) }
            guard let group = named ?? UInt32(parts[1]) else { throw Self.unknown("group", parts[1], "/etc/group") }
            self.group = group
        } else if let account {
            self.groups = groupLines.filter { line in
                line.count > 3 && line[3].split(separator: ",").contains { $0 == account[0] }
            }.compactMap { UInt32($0[2]) }
        }
        if !self.groups.contains(group) { self.groups.insert(group, at: 0) }
    }

    private static func lines(_ text: String, fields: Int) -> [[String]] {
        text.split(separator: "\n").filter { !$0.hasPrefix("#") }
            .map { $0.split(separator: ":", omittingEmptySubsequences: false).map(String.init) }
            .filter { $0.count >= fields }
    }

    private static func unknown(_ kind: String, _ name: String, _ file: String) -> ImageError {
        ImageError(
            .failed, "cannot run as the \(kind) \(name)", "the image's \(file) does not have it",
            advice: "create it in an earlier step, or use a number")
    }
}
