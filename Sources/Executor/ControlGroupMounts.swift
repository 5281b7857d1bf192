internal import FileSystem

/// The control groups that are mounted on this machine, and the one that this process is in (cgroups(7)).
struct ControlGroupMounts {
    /// The groups of one controller, or of several.
    struct Hierarchy: Hashable {
        let version: Int
        /// The mount point of its root.
        let folder: String
        /// The path of this process's group below it, with a slash at the beginning.
        let own: String

        /// The folder of a group, by its path from the root; by default that of this process.
        func path(of group: String?) -> String {
            let names = (group ?? own).split(separator: "/").filter { $0 != "." && $0 != ".." }
            return ([folder] + names.map(String.init)).joined(separator: "/")
        }
    }

    private let hierarchies: [(controllers: [String], Hierarchy)]

    /// - Parameters:
    ///   - mounts: The content of `/proc/self/mountinfo`.
    ///   - groups: The content of `/proc/self/cgroup`.
    init(mounts: String, groups: String) {
        var paths: [(controllers: String, path: String)] = []
        for line in groups.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            if fields.count == 3 { paths.append((String(fields[1]), String(fields[2]))) }
        }
        hierarchies = mounts.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard let dash = fields.firstIndex(of: "-"), fields.count > dash + 3, dash > 5 else { return nil }
            let version = fields[dash + 1] == "cgroup2" ? 2 : fields[dash + 1] == "cgroup" ? 1 : 0
            let controllers = version == 1 ? fields[dash + 3].split(separator: ",").map(String.init) : []
            let path = paths.first { group in
                version == 2
                    ? group.controllers.isEmpty
                    : group.controllers.split(separator: ",").contains { controllers.contains(String($0)) }
            }?.path
            guard version > 0, let path, let own = Self.path(path, below: String(fields[3])) else { return nil }
            return (controllers, Hierarchy(version: version, folder: String(fields[4]), own: own))
        }
    }

    /// Those of this process.
    static func ofProcess() -> ControlGroupMounts {
        func text(_ name: String) -> String {
            String(decoding: (try? File.read("/proc/self/\(name)", limit: 16 << 20)) ?? [], as: UTF8.self)
        }
        return ControlGroupMounts(mounts: text("mountinfo"), groups: text("cgroup"))
    }

    /// The hierarchy of a controller; `nil` if there is none.
    func hierarchy(of controller: ControlGroupRule.Controller) -> Hierarchy? {
        hierarchies.last { $0.controllers.contains(controller.rawValue) }?.1
            ?? hierarchies.last { hierarchy in
                guard hierarchy.1.version == 2,
                    let bytes = try? File.read("\(hierarchy.1.folder)/cgroup.controllers", limit: 1 << 16)
                else { return false }
                return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
                    .contains { $0 == controller.rawValue }
            }?.1
    }

    /// The path of a group below the root of a mount; `nil` if it is not below it.
    private static func path(_ path: String, below root: String) -> String? {
        if root == "/" { return path.hasPrefix("/..") ? nil : path }
        guard path == root || path.hasPrefix("\(root)/") else { return nil }
        return path == root ? "/" : String(path.dropFirst(root.count))
    }
}
