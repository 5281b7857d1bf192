internal import CSandbox
internal import FileSystem
internal import Glibc
internal import JSON
internal import OCI
internal import Processes

/// Runs a step, in the process started for it.
struct StepRun {
    let spec: SandboxSpec
    let runtime: OCIRuntime
    let folder: String

    func run() throws -> ProgramResult.Ending {
        hideControlGroups()
        var setup = StepSetup(spec, in: folder)
        let points = try setup.prepare()
        if case .ofStep(let emulator, let architecture) = spec.emulation {
            try BinfmtRegistration.enter(emulator: emulator, for: architecture)
        } else if spec.security == .sandbox, runtime.locksMounts {
            try Mounting.lock()
        }
        umask(0o022)
        let ending = Result { try runContainer() }
        points.remove()
        if case .overlay(let layers, let upper, _, .some) = spec.root { try FuseOverlay.tidy(upper, over: layers) }
        return try ending.get()
    }

    /// Shows the OCI runtime a read-only cgroup v2 file system: with that, and told to do without, it creates no
    /// control groups, and none is left behind if this process is killed.
    ///
    /// An existing mount is bound, since mounting it anew takes the kernel milliseconds.
    private func hideControlGroups() {
        let folder = "/sys/fs/cgroup"
        let folders = [folder, "\(folder)/unified"]
        if let mounted = folders.first(where: { csandbox_is_cgroup2($0) != 0 }) {
            try? Mounting.bind(mounted, on: folder, limits: .readOnly)
        } else {
            try? Mounting.mount("cgroup2", on: folder, limits: .readOnly)
        }
    }

    /// The OCI runtime only starts the container. As process 1, this process inherits it, and learns from the kernel
    /// how it ended instead of relying on the runtime's exit status.
    private func runContainer() throws -> ProgramResult.Ending {
        let pidFile = "\(folder)/pid"
        let log = "\(folder)/log"
        let arguments = runtime.arguments(state: "\(folder)/state", log: log, bundle: "\(folder)/bundle", pid: pidFile)
        let runtimeProcess = try ChildProgram.start(runtime.path, arguments)
        // The container may end before the runtime does.
        var endings: [pid_t: ProgramResult.Ending] = [:]
        func wait(for wanted: pid_t) throws(FileError) -> ProgramResult.Ending {
            while true {
                if let ending = endings[wanted] { return ending }
                let (process, ending) = try ChildProgram.waitForAny()
                endings[process] = ending
            }
        }
        let start = try wait(for: runtimeProcess)
        guard start == .exited(status: 0),
            let container = pid_t(String(decoding: try File.read(pidFile, limit: 64), as: UTF8.self))
        else { throw failure(start, log: log) }
        return try wait(for: container)
    }

    private func failure(_ ending: ProgramResult.Ending, log: String) -> ImageError {
        let lines = ((try? File.read(log, limit: 1 << 20)) ?? []).split(separator: UInt8(ascii: "\n"))
        let messages = lines.compactMap { try? JSONValue(parsing: $0) }
            .filter { $0["level"]?.string == "error" }.compactMap { $0["msg"]?.string }
        return ImageError(
            .failed, "cannot start \(spec.arguments.first ?? "the step")",
            "\(runtime.name) says: \(messages.last ?? ending.description)")
    }
}
