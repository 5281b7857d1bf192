internal import CSandbox
internal import Concurrency
internal import FileSystem
internal import Glibc
internal import OCI

/// The control groups for the steps of a build.
///
/// They are in a group of the build's own, one for each hierarchy, which a separate process removes when this value or
/// this process ends, however that happens.
final class ControlGroups: Sendable {
    /// A rule with the group that it applies to.
    private struct AppliedRule {
        let rule: ControlGroupRule
        let version: Int
        /// The build's group.
        let group: OpenFolder
    }

    /// The limits that have no effect on this machine, as warnings.
    let warnings: [String]
    /// The controllers whose limits are held.
    let controllers: Set<ControlGroupRule.Controller>
    private let limits: StepLimits
    private let applied: [AppliedRule]
    private let count = Guarded(0)
    private let remover: (process: pid_t, pipe: Int32)?

    /// - Throws: ``ImageError`` if the wanted parent does not exist.
    init(_ limits: StepLimits) throws(ImageError) {
        self.limits = limits
        lazy var mounts = ControlGroupMounts.ofProcess()
        var warnings: [String] = []
        var found: [(rule: ControlGroupRule, version: Int, parent: OpenFolder)] = []
        var unified: (hierarchy: ControlGroupMounts.Hierarchy, rules: [ControlGroupRule])?
        for rule in ControlGroupRule.all(for: limits) {
            guard let hierarchy = mounts.hierarchy(of: rule.controller) else {
                warnings.append(Self.warning(rule, "there are no control groups for it here"))
                continue
            }
            if hierarchy.version == 2 {
                unified = (hierarchy, (unified?.rules ?? []) + [rule])
                continue
            }
            do throws(FileError) {
                found.append((rule, 1, try OpenFolder(hierarchy.path(of: limits.parent))))
            } catch {
                if let parent = limits.parent { throw Self.failure(parent, rule, error) }
                warnings.append(Self.warning(rule, error.description))
            }
        }
        if let unified {
            // A process is in one group of the second version, so one parent has to do for all rules.
            let parent = Self.parent(for: unified.rules, in: unified.hierarchy, limits.parent)
            if let folder = parent.folder { found += parent.rules.map { ($0, 2, folder) } }
            for (rule, error) in parent.refused {
                if let wanted = limits.parent { throw Self.failure(wanted, rule, error) }
                warnings.append(Self.warning(rule, error.description))
            }
        }
        let name = TemporaryName.random("imgtool-")
        var applied: [AppliedRule] = []
        remover = found.isEmpty ? nil : Self.startRemover(of: name, in: found.map(\.parent))
        if remover != nil {
            for (rule, version, parent) in found {
                do {
                    let group = try Self.create(name, in: parent, for: rule, version)
                    applied.append(AppliedRule(rule: rule, version: version, group: group))
                } catch {
                    warnings.append(Self.warning(rule, error.description))
                }
            }
        }
        self.applied = applied
        self.warnings = warnings
        controllers = Set(applied.map(\.rule.controller))
    }

    deinit {
        guard let remover else { return }
        close(remover.pipe)
        var status: Int32 = 0
        while waitpid(remover.process, &status, 0) < 0, errno == EINTR {}
    }

    /// Creates the group of a step, with all limits.
    ///
    /// - Returns: `nil` if nothing is limited.
    /// - Throws: ``ImageError`` if the kernel refuses a limit.
    func group() throws(ImageError) -> ControlGroup? {
        if applied.isEmpty { return nil }
        let name = count.withLock { count in
            count += 1
            return "\(count)"
        }
        var folders: [ControlGroup.Folder] = []
        do {
            for entry in applied {
                let folder = try Self.created(name, in: entry.group)
                folders.append(.init(controller: entry.rule.controller, version: entry.version, folder, entry.group))
                if entry.rule.controller == .cpuset, entry.version == 1 { try Self.inherit(entry.group, in: folder) }
                for setting in entry.rule.settings(ofVersion: entry.version) { try Self.apply(setting, in: folder) }
            }
        } catch {
            _ = ControlGroup(name, folders, limits)
            throw ImageError(.failed, "cannot limit a step", error.description)
        }
        return ControlGroup(name, folders, limits)
    }

    private static func failure(_ parent: String, _ rule: ControlGroupRule, _ error: FileError) -> ImageError {
        ImageError(
            .failed, "cannot put steps below the control group \(parent)", error.description,
            advice: "it has to exist for \(rule.controller.rawValue), and to be writable")
    }

    private static func warning(_ rule: ControlGroupRule, _ reason: String) -> String {
        switch rule.controller {
        case .memory: "\(rule.flags) limits each process instead of the step: \(reason)"
        case .pids where !UserNamespace.isInitial:
            "\(rule.flags) counts the processes of a user in all steps together: \(reason)"
        case .pids, .cpu, .cpuset: "\(rule.flags) has no effect: \(reason)"
        }
    }

    // MARK: Groups

    /// A group of the second version that the build's can be created in, with the rules that it can hold.
    private struct Parent {
        var folder: OpenFolder?
        var rules: [ControlGroupRule] = []
        var refused: [(ControlGroupRule, FileError)] = []
    }

    /// The wanted group, or of that of this process and those above it the closest that can hold most rules: groups with
    /// processes cannot, except for the root.
    private static func parent(
        for rules: [ControlGroupRule], in hierarchy: ControlGroupMounts.Hierarchy, _ wanted: String?
    ) -> Parent {
        var path = hierarchy.path(of: wanted)
        var best: Parent?
        while true {
            var candidate = Parent()
            do throws(FileError) {
                let folder = try OpenFolder(path)
                candidate.folder = folder
                for rule in rules {
                    do throws(FileError) {
                        try enable(rule.controller, in: folder)
                        candidate.rules.append(rule)
                    } catch {
                        candidate.refused.append((rule, error))
                    }
                }
            } catch {
                candidate.refused = rules.map { ($0, error) }
            }
            if candidate.rules.count > best?.rules.count ?? -1 { best = candidate }
            let isLast = wanted != nil || path == hierarchy.folder || candidate.refused.isEmpty
            if isLast { return best ?? candidate }
            path = Folder.containing(path)
        }
    }

    /// Has the groups in a group limited by a controller. The kernel refuses it for a group with processes.
    private static func enable(_ controller: ControlGroupRule.Controller, in folder: OpenFolder) throws(FileError) {
        let name = "cgroup.subtree_control"
        let enabled = String(decoding: try folder.open(name, for: .reading).readNext(4096), as: UTF8.self)
        if enabled.split(whereSeparator: \.isWhitespace).contains(where: { $0 == controller.rawValue }) { return }
        try folder.open(name, for: .appending).append(Array("+\(controller.rawValue)".utf8))
    }

    private static func create(
        _ name: String, in parent: OpenFolder, for rule: ControlGroupRule, _ version: Int
    ) throws(FileError) -> OpenFolder {
        let group = try created(name, in: parent)
        if version == 2 { try enable(rule.controller, in: group) }
        if version == 1, rule.controller == .cpuset { try inherit(parent, in: group) }
        return group
    }

    /// Several controllers may have the same hierarchy.
    private static func created(_ name: String, in parent: OpenFolder) throws(FileError) -> OpenFolder {
        do throws(FileError) {
            try parent.createFolder(name.asName)
        } catch  where error.code == EEXIST {}
        return try parent.open(below: name.utf8)
    }

    /// In the first version, a new group has no processors yet.
    private static func inherit(_ parent: OpenFolder, in group: OpenFolder) throws(FileError) {
        for file in ["cpuset.cpus", "cpuset.mems"] {
            let value = try parent.open(file, for: .reading).readNext(4096)
            try group.open(file, for: .appending).append(value)
        }
    }

    private static func apply(_ setting: ControlGroupRule.Setting, in folder: OpenFolder) throws(FileError) {
        do throws(FileError) {
            try folder.open(setting.file, for: .appending).append(Array(setting.value.utf8))
        } catch {
            if setting.isOptional, error.isMissing || error.code == EACCES { return }
            throw FileError(error.code, "write \(setting.value) to", "\(folder.path)/\(setting.file)")
        }
    }

    private static func startRemover(of name: String, in parents: [OpenFolder]) -> (process: pid_t, pipe: Int32)? {
        var ends: [Int32] = [-1, -1]
        guard csandbox_pipe(&ends) == 0 else { return nil }
        let process = csandbox_remove_groups_later(ends[0], parents.map(\.descriptor), Int32(parents.count), name)
        close(ends[0])
        if process > 0 { return (process, ends[1]) }
        close(ends[1])
        return nil
    }
}
