import Executor
import Glibc
import Processes

/// A program with a sandbox: it runs a shell command in an overlay, several times if asked to, so that it can be killed
/// meanwhile, and measured.
@main
enum Main {
    static func main() async throws {
        if let status = SandboxProcess.runIfAsked(ProgramArguments.all) { _exit(status) }
        let arguments = ProgramArguments.all
        guard arguments.count >= 7 else {
            print("usage: SandboxDriver PLACE RUNTIME LAYER UPPER WORK COMMAND [TIMES]")
            return
        }
        let location = try SandboxLocation(folder: arguments[1])
        let runtime = try await OCIRuntime.find(chosen: arguments[2], record: "/dev/null", at: location)
        var spec = SandboxSpec(
            root: .overlay(layers: [arguments[3]], upper: arguments[4], work: arguments[5]),
            arguments: ["/bin/sh", "-c", arguments[6]])
        spec.environment = ["PATH=/bin"]
        let times = arguments.count > 7 ? Int(arguments[7]) ?? 1 : 1
        let clock = ContinuousClock()
        for round in 0..<times {
            // A work folder serves one mount.
            spec.root = .overlay(
                layers: [arguments[3]], upper: "\(arguments[4])",
                work: times > 1 ? "\(arguments[5])/\(round)" : arguments[5])
            let start = clock.now
            let ending = try await Sandbox(runtime: runtime, location: location).run(spec) { _, bytes in
                print(String(decoding: bytes, as: UTF8.self), terminator: "")
            }
            print("\(ending) after \(start.duration(to: clock.now))")
        }
    }
}
