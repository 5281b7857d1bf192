internal import CSandbox
internal import FileSystem
internal import Glibc
internal import JSON
internal import OCI
internal import Processes

/// The second role of this program: the process in which a step runs.
///
/// It is process 1 of its own PID namespace and has its own mount namespace. When the program that started it ends, the
/// kernel kills it along with all its descendants and mounts.
package enum SandboxProcess {
    /// The only argument of such a process.
    static let argument = "\u{1}sandbox"
    /// The descriptor for receiving the task and sending the reply.
    static let control: Int32 = 3
    /// The descriptor of the network to join, if any.
    static let network: Int32 = 4

    /// Does the work of such a process if this is one.
    ///
    /// Must be called first of all: before there is a second thread, and before signals are blocked or ignored, which
    /// the step would inherit.
    ///
    /// - Parameter arguments: The program's arguments, including its name.
    /// - Returns: The exit status; `nil` in an ordinary process.
    package static func runIfAsked(_ arguments: [String]) -> Int32? {
        guard arguments.count == 2, arguments[1] == argument else { return nil }
        for descriptor in [control, network] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        guard let task = (try? JSONValue(parsing: readAll())).flatMap(SandboxTask.init(json:)) else { return 127 }
        UserNamespace.shortcoming = task.shortcoming
        let reply: SandboxReply
        do {
            reply = .ended(try run(task))
        } catch let error as ImageError {
            reply = .failed(error)
        } catch {
            reply = .failed(ImageError(.failed, "cannot set up the sandbox", "\(error)"))
        }
        write(reply.json.bytes(.compact))
        return 0
    }

    private static func run(_ task: SandboxTask) throws -> ProgramResult.Ending {
        umask(0)
        try Mounting.takeRoot()
        try Mounting.mount("tmpfs", on: task.folder, options: "mode=755")
        try Mounting.mount("proc", on: "/proc", limits: [.noSetUser, .noDevices, .noPrograms])
        switch task.work {
        case .step(let spec, let runtime):
            return try StepRun(spec: spec, runtime: runtime, folder: task.folder).run()
        case .overlayTrial(let layers, let upper, let work, let program):
            return try tryOverlay(layers, upper: upper, work: work, on: "\(task.folder)/overlay", by: program)
        case .emulatorTrial(let emulator, let architecture):
            return try tryEmulator(emulator, for: architecture, in: task.folder)
        case .network(let program):
            try NetworkHolder(program: program).prepare()
            write(SandboxReply.ended(.exited(status: 0)).json.bytes(.compact) + Array("\n".utf8))
            _ = csandbox_wait_for_end(control)
            return .exited(status: 0)
        }
    }

    /// Tests an overlay; it is only useful if it can remove entries of a lower layer, and hide those of a folder.
    private static func tryOverlay(
        _ layers: [String], upper: String, work: String, on folder: String, by program: String?
    ) throws(FileError) -> ProgramResult.Ending {
        try Folder.create(folder)
        try OverlayMount.mount(
            layers: layers, writable: (upper: upper, work: work), on: folder, limits: [], by: program)
        try File.remove("\(folder)/\(OverlaySupport.trialName)")
        let replaced = try OpenFolder(folder)
        let name = OverlaySupport.trialFolder.asName
        try replaced.calling("remove", name) { unlinkat($0, $1, AT_REMOVEDIR) }
        try replaced.createFolder(name)
        if program != nil { try FuseOverlay.tidy(upper, over: layers) }
        guard try ExtendedAttributes.isOpaque("\(upper)/\(OverlaySupport.trialFolder)".asName) else {
            throw FileError(ENOTSUP, "hide what is below a folder in", upper)
        }
        return .exited(status: 0)
    }

    private static func tryEmulator(
        _ emulator: String, for architecture: Architecture, in folder: String
    ) throws -> ProgramResult.Ending {
        try BinfmtRegistration.enter(emulator: emulator, for: architecture)
        let program = "\(folder)/program"
        try OpenFile(program, for: .creating, permissions: 0o755).write(TinyProgram(for: architecture).bytes, at: 0)
        let child = try ChildProgram.start(program, [program])
        while true {
            let (process, ending) = try ChildProgram.waitForAny()
            if process == child { return ending }
        }
    }

    private static func readAll() -> [UInt8] {
        var content: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while case let count = read(control, &piece, piece.count), count > 0 { content += piece[..<count] }
        return content
    }

    private static func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(control, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
