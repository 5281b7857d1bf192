internal import CSandbox
internal import FileSystem
internal import Glibc
internal import JSON
internal import OCI
internal import Processes

/// The second life of this program: the process in which a step runs.
///
/// It is process 1 of its own PID namespace and has its own mount namespace. The kernel kills it when the program that
/// started it ends, and with it everything that runs below it and all its mounts.
package enum SandboxHelper {
    /// The only argument of such a process.
    static let argument = "\u{1}sandbox"
    /// The descriptor through which it gets its task and gives its answer.
    static let control: Int32 = 3

    /// Does the work of a helper process and ends it, if this process is one.
    ///
    /// To be called before anything else, in particular before there is a second thread.
    ///
    /// - Parameter arguments: The program's arguments, its name first.
    package static func runIfAsked(_ arguments: [String]) {
        guard arguments.count == 2, arguments[1] == argument else { return }
        _ = fcntl(control, F_SETFD, FD_CLOEXEC)
        guard let task = (try? JSONValue(parsing: readAll())).flatMap(HelperTask.init(json:)) else { _exit(127) }
        let reply: HelperReply
        do {
            reply = .ended(try run(task))
        } catch let error as ImageError {
            reply = .failed(error)
        } catch {
            reply = .failed(ImageError(.failed, "cannot set up the sandbox", "\(error)"))
        }
        write(reply.json.bytes(.compact))
        _exit(0)
    }

    private static func run(_ task: HelperTask) throws -> ProgramResult.Ending {
        umask(0)
        try Mounting.makePrivate()
        try Mounting.mount("tmpfs", on: task.folder, options: "mode=755")
        try Mounting.mount("proc", on: "/proc", limits: [.noSetUser, .noDevices, .noPrograms])
        switch task.work {
        case .step(let spec, let runtime):
            return try StepRun(spec: spec, runtime: runtime, folder: task.folder).run()
        case .overlayTrial(let layers, let upper, let work):
            try Folder.create("\(task.folder)/root")
            try OverlayMount.mount(
                layers: layers, writable: (upper: upper, work: work), on: "\(task.folder)/root", limits: [])
            // An overlay that cannot delete what is in a lower layer is of no use.
            try File.remove("\(task.folder)/root/\(OverlaySupport.trialName)")
            return .exited(status: 0)
        case .emulatorTrial(let emulator, let architecture):
            try BinfmtRegistration.enter(emulator: emulator, for: architecture)
            let program = "\(task.folder)/program"
            try OpenFile(program, for: .creating, permissions: 0o755).write(TinyProgram(for: architecture).bytes, at: 0)
            let child = try ChildProgram.start(program, [program])
            while true {
                let (process, ending) = try ChildProgram.waitForAny()
                if process == child { return ending }
            }
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
