internal import CSandbox
internal import FileSystem
internal import Glibc
internal import JSON
internal import OCI
internal import Processes

/// Sets up everything that a step sees, in the process's mount namespace and in a file system in memory, so that it
/// ends with the process.
struct StepSetup {
    /// A mount to be made by the OCI runtime, and its mount point.
    private struct PlannedMount {
        let target: String
        let isFolder: Bool
        let type: String
        let source: String
        let options: [String]

        init(_ target: String, isFolder: Bool = true, type: String = "bind", source: String, options: [String]) {
            self.target = target
            self.isFolder = isFolder
            self.type = type
            self.source = source
            self.options = options
        }
    }

    private let spec: SandboxSpec
    private let folder: String
    private var sources = 0
    private var planned: [PlannedMount] = []

    /// - Parameter folder: An existing folder, to be covered with a file system in memory.
    init(_ spec: SandboxSpec, in folder: String) {
        self.spec = spec
        self.folder = folder
    }

    /// Mounts everything and writes the OCI runtime's bundle.
    ///
    /// - Returns: The mount points to remove after the step.
    /// - Throws: ``FileError``, ``ImageError``.
    mutating func prepare() throws -> MountPoints {
        for name in ["root", "lowest", "bundle", "sources"] { try Folder.create("\(folder)/\(name)") }
        try planSystemMounts()
        for mount in spec.mounts { try plan(mount) }
        planned = planned.enumerated().sorted { Self.order($0) < Self.order($1) }.map(\.element)
        let (root, made, locations) = try mountRoot()
        try refuseLinks(in: locations)
        var points = made
        let mounts = try zip(planned, locations).map { mount, location throws(FileError) -> JSONValue in
            // A mount point inside another mount is created there by the OCI runtime.
            return try json(of: mount, at: location, in: root, &points)
        }
        let user = try findUser(in: root)
        for group in user.groups { try Self.require(user.id, group, "cannot run as the user \(user.id):\(group)") }
        let workingLocation = try root.find(spec.workingFolder)
        if !locations.contains(where: { workingLocation.isInside($0) }) {
            try root.createFolder(workingLocation, user: user.id, group: user.group)
        }
        let bundle = RuntimeBundle(
            spec: spec, user: user, root: rootPath, mounts: mounts, ownCapabilities: Self.ownCapabilities,
            kernelFiles: try ProcessFiles.namesOfKernel())
        try write(bundle.json.bytes(.compact), to: "bundle/config.json")
        return points
    }

    // MARK: Mounts

    private mutating func planSystemMounts() throws {
        let hasDevices = spec.security == .insecure
        planned.append(PlannedMount("/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"]))
        try DeviceFolder.make(
            "\(folder)/dev", nodes: "\(folder)/nodes", sharedMemorySize: spec.sharedMemorySize,
            allowsDevices: hasDevices)
        planned.append(
            PlannedMount(
                "/dev", source: "\(folder)/dev",
                options: ["rbind"] + DeviceFolder.limits(allowsDevices: hasDevices).options))
        planned.append(
            PlannedMount("/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"]))
        // Created here, because a step in a user namespace cannot mount this machine's sysfs. It shows the network
        // namespace of the mounting process; for a new one, the OCI runtime mounts it.
        if spec.network == .none, csandbox_enter_network_namespace() != 0 {
            throw FileError(errno, "make a network for", "the step")
        }
        if spec.network == .own, csandbox_join_network_namespace(SandboxProcess.network) != 0 {
            throw FileError(errno, "join the network of", "the build")
        }
        let limits: Mounting.Limits = [.noSetUser, .noPrograms, .noDevices, hasDevices ? [] : .readOnly]
        try Folder.create("\(folder)/sys")
        do throws(FileError) {
            try Mounting.mount("sysfs", on: "\(folder)/sys", limits: limits)
        } catch {
            guard error.code == EPERM || error.code == EACCES else { throw error }
            // In a user namespace that takes a network of its own; without, what is seen is the machine's anyway.
            try Mounting.bind("/sys", on: "\(folder)/sys", limits: limits)
        }
        planned.append(PlannedMount("/sys", source: "\(folder)/sys", options: ["rbind"] + limits.options))

        let hosts = NetworkFiles.hosts(hostname: spec.hostname, extra: spec.extraHosts)
        let resolver = NetworkFiles.resolverConfiguration(
            host: Self.text("/etc/resolv.conf"), upstream: Self.text("/run/systemd/resolve/resolv.conf"),
            sharesLoopback: spec.network != .none,
            forwarder: spec.network == .own ? NetworkHolder.resolver : nil)
        for (name, content) in [("hosts", hosts), ("resolv.conf", resolver)] {
            try write(Array(content.utf8), to: name, permissions: 0o644)
            planned.append(
                PlannedMount("/etc/\(name)", isFolder: false, source: "\(folder)/\(name)", options: ["rbind", "ro"]))
        }
    }

    private mutating func plan(_ mount: SandboxMount) throws {
        let source = "\(folder)/sources/\(sources)"
        sources += 1
        switch mount.source {
        case .memory(let size):
            let options = ["nosuid", "nodev", "mode=1777"] + (size.map { ["size=\($0)"] } ?? [])
            planned.append(PlannedMount(mount.target, type: "tmpfs", source: "tmpfs", options: options))
        case .secret(let content, let permissions, let user, let group):
            try Self.require(user, group, "cannot give a secret to \(user):\(group)")
            try write(content, to: "sources/\(sources - 1)", permissions: permissions)
            guard chown(source, user, group) == 0, chmod(source, permissions) == 0 else {
                throw FileError(errno, "give an owner to", source)
            }
            planned.append(PlannedMount(mount.target, isFolder: false, source: source, options: ["rbind", "ro"]))
        case .bind(let tree, let path, let isReadOnly):
            let limits = devices.union(isReadOnly ? .readOnly : [])
            let isFolder = try mountSource(tree, path: path, at: source, limits: limits)
            planned.append(
                PlannedMount(mount.target, isFolder: isFolder, source: source, options: ["rbind"] + limits.options))
        }
    }

    /// Mounts a part of a tree at `target`.
    ///
    /// - Returns: True for a folder.
    private func mountSource(
        _ tree: Mountable, path: String, at target: String, limits: Mounting.Limits
    ) throws(FileError) -> Bool {
        let whole: RootFolder
        if case .folder(let folder) = tree {
            whole = try RootFolder(folder, followsLink: true)
        } else {
            let folder = "\(target).tree"
            try Folder.create(folder)
            try mount(tree, on: folder, limits: devices, lowest: nil)
            whole = try RootFolder(folder)
        }
        let location = try whole.find(path)
        guard location.exists else { throw FileError(ENOENT, "mount", path) }
        let isFolder = location.kind == .folder
        if isFolder { try Folder.create(target) } else { _ = try OpenFile(target, for: .creating) }
        let source = try whole.hold(location)
        try Mounting.bind(source.procPath, on: target, limits: limits)
        return isFolder
    }

    // MARK: The root file system

    /// Mounts the root file system with all mount points.
    ///
    /// - Returns: The root, the stubs in it, and the resolved targets of the mounts.
    private func mountRoot() throws(FileError) -> (RootFolder, MountPoints, [RootFolder.Location]) {
        var upper: String?
        var layers: [String]?
        var program: String?
        switch spec.root {
        case .folder: break
        case .layers(let below, let joining): (layers, program) = (below, joining)
        case .overlay(let below, let folder, _, let joining):
            (layers, upper, program) = (below + [folder], folder, joining)
        }
        if let layers {
            // A first look without the work folder, which can only be used for one mount.
            let lowest = "\(folder)/lowest"
            try OverlayMount.mount(
                layers: [lowest, try emptyLayer("second")] + layers, writable: nil, on: rootPath, limits: [],
                by: program)
            let locations = try findLocations(in: RootFolder(rootPath))
            try Mounting.detach(rootPath)
            let lowestFolder = try RootFolder(lowest)
            for (mount, location) in zip(planned, locations) where !location.exists {
                try MountPoints.prepare(location, isFolder: mount.isFolder, in: lowestFolder)
            }
        }
        try mount(spec.root, on: rootPath, limits: devices, lowest: "\(folder)/lowest")
        let root = try RootFolder(rootPath)
        return (root, try MountPoints(in: root, upper: upper), try findLocations(in: root))
    }

    private func mount(
        _ tree: Mountable, on target: String, limits: Mounting.Limits, lowest: String?
    ) throws(FileError) {
        switch tree {
        case .folder(let folder):
            try Mounting.bind(folder, on: target, limits: limits)
        case .overlay(let layers, let upper, let work, let program):
            let empty = try emptyLayer("empty")
            try OverlayMount.mount(
                layers: [lowest ?? empty] + layers, writable: (upper: upper, work: work), on: target, limits: limits,
                by: program)
        case .layers(let layers, let program):
            // overlayfs requires two layers.
            let empty = try emptyLayer("empty")
            try OverlayMount.mount(
                layers: [lowest ?? empty, try emptyLayer("second")] + layers, writable: nil, on: target,
                limits: limits.union(.readOnly), by: program)
        }
    }

    private func emptyLayer(_ name: String) throws(FileError) -> String {
        try Folder.create("\(folder)/\(name)")
        return "\(folder)/\(name)"
    }

    private var rootPath: String { "\(folder)/root" }

    private func findLocations(in root: RootFolder) throws(FileError) -> [RootFolder.Location] {
        var locations: [RootFolder.Location] = []
        for mount in planned { locations.append(try root.find(mount.target)) }
        return locations
    }

    private func json(
        of mount: PlannedMount, at location: RootFolder.Location, in root: RootFolder, _ points: inout MountPoints
    ) throws(FileError) -> JSONValue {
        let isCovered = planned.contains { $0.target != mount.target && Self.isInside(location.path, $0.target) }
        if !isCovered {
            // Another stub may have created a part of it.
            let location = try root.find(location.path)
            if !location.exists { try points.create(location, isFolder: mount.isFolder) }
        }
        return [
            "destination": .string(location.path), "type": .string(mount.type), "source": .string(mount.source),
            "options": .array(mount.options.map { .string($0) }),
        ]
    }

    /// Refuses symbolic links at the mount points of the kernel's file systems: OCI runtimes follow some of them out of
    /// the root file system, and create nodes there.
    private func refuseLinks(in locations: [RootFolder.Location]) throws(ImageError) {
        for (mount, location) in zip(planned, locations)
        where ["/proc", "/dev", "/sys"].contains(mount.target) && location.path != mount.target {
            throw ImageError(
                .failed, "cannot run a program on these files",
                "\(mount.target) is a symbolic link to \(location.path)",
                advice: "remove the link, so that \(mount.target) can be mounted there")
        }
    }

    // MARK: Helpers

    private var devices: Mounting.Limits { spec.security == .sandbox ? .noDevices : [] }

    private func findUser(in root: RootFolder) throws -> ContainerUser {
        func text(_ path: String) throws(FileError) -> String {
            String(decoding: try root.read(path) ?? [], as: UTF8.self)
        }
        return try ContainerUser(spec.user, passwd: try text("/etc/passwd"), groups: try text("/etc/group"))
    }

    private func write(_ bytes: [UInt8], to name: String, permissions: UInt32 = 0o600) throws(FileError) {
        try OpenFile("\(folder)/\(name)", for: .creating, permissions: permissions).write(bytes, at: 0)
    }

    /// Sees to it that there are such ids.
    private static func require(_ user: UInt32, _ group: UInt32, _ attempt: String) throws(ImageError) {
        guard let shortcoming = UserNamespace.shortcoming, !UserNamespace.has(user: user, group: group) else { return }
        throw ImageError(.failed, attempt, shortcoming.reason, advice: shortcoming.advice)
    }

    private static func isInside(_ path: String, _ folder: String) -> Bool { path.hasPrefix("\(folder)/") }

    private static func order(_ mount: (offset: Int, element: PlannedMount)) -> (Int, Int) {
        (mount.element.target.split(separator: "/").count, mount.offset)
    }

    private static func text(_ path: String) -> String? {
        (try? File.read(path, limit: 1 << 20)).map { String(decoding: $0, as: UTF8.self) }
    }

    private static var ownCapabilities: UInt64 {
        let line = text("/proc/self/status")?.split(separator: "\n").first { $0.hasPrefix("CapPrm:") }
        return line?.split(whereSeparator: \.isWhitespace).last.flatMap { UInt64($0, radix: 16) } ?? .max
    }
}
