internal import CSandbox
internal import FileSystem
internal import OCI

/// The control group of one step, in all hierarchies; removed after the value's last use.
final class ControlGroup: Sendable {
    struct Folder: Sendable {
        let controller: ControlGroupRule.Controller
        let version: Int
        let folder: OpenFolder
        let parent: OpenFolder

        init(controller: ControlGroupRule.Controller, version: Int, _ folder: OpenFolder, _ parent: OpenFolder) {
            self.controller = controller
            self.version = version
            self.folder = folder
            self.parent = parent
        }
    }

    private let name: String
    private let folders: [Folder]
    private let limits: StepLimits

    init(_ name: String, _ folders: [Folder], _ limits: StepLimits) {
        self.name = name
        self.folders = folders
        self.limits = limits
    }

    deinit {
        for folder in folders { _ = csandbox_remove_group(folder.parent.descriptor, name) }
    }

    /// Moves a process into the group.
    ///
    /// - Throws: ``ImageError``.
    func add(_ process: Int32) throws(ImageError) {
        do {
            var known: Set<String> = []
            // Controllers may share a hierarchy.
            for folder in folders where known.insert(folder.folder.path).inserted {
                try folder.folder.open("cgroup.procs", for: .appending).append(Array("\(process)".utf8))
            }
        } catch {
            throw ImageError(.failed, "cannot limit a step", error.description)
        }
    }

    /// The limit that processes of the group have met with, as in "its limit of 100 processes (--pids-limit)"; `nil` for none.
    var reached: String? {
        for folder in folders {
            switch folder.controller {
            case .memory:
                let (file, key) =
                    folder.version == 1 ? ("memory.oom_control", "oom_kill") : ("memory.events", "oom_kill")
                guard count(key, in: file, of: folder) > 0, let memory = limits.memory else { continue }
                return "its limit of \(Self.text(ofSize: memory)) of memory (--memory)"
            case .pids:
                guard count("max", in: "pids.events", of: folder) > 0, let processes = limits.heldProcesses else {
                    continue
                }
                return "its limit of \(processes) processes and threads (--pids-limit)"
            case .cpu, .cpuset: continue
            }
        }
        return nil
    }

    /// In the largest unit that needs no fraction.
    private static func text(ofSize size: Int64) -> String {
        for (shift, unit) in [(30, "GiB"), (20, "MiB"), (10, "KiB")] where size % (1 << shift) == 0 {
            return "\(size >> shift) \(unit)"
        }
        return "\(size) bytes"
    }

    /// The number behind a key in a file of such lines.
    private func count(_ key: String, in file: String, of folder: Folder) -> Int64 {
        guard let bytes = try? folder.folder.open(file, for: .reading).readNext(4096) else { return 0 }
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count == 2, words[0] == key { return Int64(words[1]) ?? 0 }
        }
        return 0
    }
}
