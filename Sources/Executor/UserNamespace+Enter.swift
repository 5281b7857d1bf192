internal import CSandbox
package import FileSystem
internal import Glibc
internal import Processes

extension UserNamespace {
    /// Moves this process, if it may not mount and make namespaces where it is, into a user namespace in which it may: there
    /// it is root, with all the ids that its user can have.
    ///
    /// It stays the process that it was, with its terminal, its signals and its open files. What cannot be had is
    /// ``shortcoming`` then: that there is no namespace, or that there is only one id.
    ///
    /// To be called before there is a second thread.
    package static func enterIfNeeded() {
        if csandbox_may_administrate() != 0 { return }
        if geteuid() == 0 {
            if csandbox_enter_user_namespace() != 0 { shortcoming = .noNamespace(errno) }
            return
        }
        let (user, group) = (geteuid(), getegid())
        guard csandbox_try_user_namespace(user, group) == 0 else {
            shortcoming = .noNamespace(errno)
            return
        }
        keepHome()
        do throws(Shortcoming) {
            try SubordinateMapping(user: user, group: group).apply()
            // With that the kernel gives a namespace, but takes what it is for.
            if Shortcoming.isSet(Shortcoming.restriction) { shortcoming = .noNamespace(EPERM) }
        } catch {
            shortcoming = error
            if isOutside { _ = csandbox_enter_empty_user_namespace() }
            if csandbox_map_single(user, group) != 0 { shortcoming = .noNamespace(errno) }
        }
    }

    private static var isOutside: Bool { csandbox_may_administrate() == 0 }

    /// The user of the namespace has another name, so `HOME` is set before.
    private static func keepHome() {
        if getenv("HOME") == nil, let user = getpwuid(getuid()) { setenv("HOME", user.pointee.pw_dir, 1) }
    }
}

/// The programs that map a user's subordinate ids, and what they are told.
private struct SubordinateMapping {
    private let users: [String]
    private let groups: [String]

    /// - Throws: The shortcoming that prevents it.
    init(user: uid_t, group: gid_t) throws(UserNamespace.Shortcoming) {
        func program(_ name: String) throws(UserNamespace.Shortcoming) -> String {
            if let path = ProgramPath.find(name, alsoIn: ["/usr/bin", "/bin"]) { return path }
            throw .oneID("there is no \(name)", advice: "apt-get install uidmap")
        }
        let (mapUsers, mapGroups) = (try program("newuidmap"), try program("newgidmap"))
        let name = getpwuid(user).map { String(cString: $0.pointee.pw_name) } ?? "\(user)"
        let known = (users: Self.read("/etc/subuid"), groups: Self.read("/etc/subgid"))
        let ranges = (users: known.users.ranges(of: name, user), groups: known.groups.ranges(of: name, user))
        guard !ranges.users.isEmpty, !ranges.groups.isEmpty else {
            func option(_ name: String, _ range: SubordinateIDs.Range) -> String {
                "--add-\(name) \(range.first)-\(range.first + (range.count - 1))"
            }
            let file = ranges.users.isEmpty ? "/etc/subuid" : "/etc/subgid"
            throw .oneID(
                "\(file) has none for \(name)",
                advice: "have root run usermod \(option("subuids", known.users.free)) "
                    + "\(option("subgids", known.groups.free)) \(name)")
        }
        users = [mapUsers, "\(getpid())"] + SubordinateIDs.mapping(root: user, ranges.users)
        groups = [mapGroups, "\(getpid())"] + SubordinateIDs.mapping(root: group, ranges.groups)
    }

    /// Enters the namespace.
    ///
    /// - Throws: The complaint of the programs; this process may be in a namespace without ids then.
    func apply() throws(UserNamespace.Shortcoming) {
        var (users, groups) = (users.map { strdup($0) } + [nil], groups.map { strdup($0) } + [nil])
        defer { for word in users + groups { free(word) } }
        var complaint = [CChar](repeating: 0, count: 512)
        if csandbox_enter_mapped_user_namespace(&users, &groups, &complaint, complaint.count) == 0 { return }
        let code = errno
        let text = String(decoding: complaint.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        throw .oneID(
            text.split(separator: "\n").first.map(String.init) ?? "newuidmap: \(String(cString: strerror(code)))")
    }

    private static func read(_ path: String) -> SubordinateIDs {
        SubordinateIDs(String(decoding: (try? File.read(path, limit: 1 << 24)) ?? [], as: UTF8.self))
    }
}

extension UserNamespace.Shortcoming: Error {
    fileprivate static func oneID(_ reason: String, advice: String = "see newuidmap(1)") -> Self {
        Self(reason: "this user has no ids but its own here: \(reason)", advice: advice)
    }

    /// - Parameter code: The `errno` of the call.
    fileprivate static func noNamespace(_ code: Int32) -> Self {
        let who = geteuid() == 0 ? "root, who has no CAP_SYS_ADMIN," : "this user"
        return Self(
            reason: "the kernel gives \(who) no user namespace: \(String(cString: strerror(code)))",
            advice: settings.first { isSet($0) }.map { "have root run sysctl -w \($0.name)=\($0.wanted)" }
                ?? "in a container, allow them with --security-opt seccomp=unconfined --security-opt "
                + "apparmor=unconfined --security-opt systempaths=unconfined, or use --privileged")
    }

    /// The settings by which administrators deny user namespaces.
    private static let settings = [
        Setting(name: "user.max_user_namespaces", refusing: "0", wanted: "15000"),
        Setting(name: "kernel.unprivileged_userns_clone", refusing: "0", wanted: "1"), restriction,
    ]
    fileprivate static let restriction = Setting(
        name: "kernel.apparmor_restrict_unprivileged_userns", refusing: "1", wanted: "0")

    fileprivate struct Setting {
        let name: String
        let refusing: String
        let wanted: String
    }

    fileprivate static func isSet(_ setting: Setting) -> Bool {
        let path = "/proc/sys/" + setting.name.map { $0 == "." ? "/" : String($0) }.joined()
        let text = (try? File.read(path, limit: 64)).map { String(decoding: $0, as: UTF8.self) }
        return text?.split(separator: "\n").first.map(String.init) == setting.refusing
    }
}
