import Concurrency
import Executor
import Foundation
import Glibc
import OCI
import Processes
import TestKit

/// The surroundings of one test's sandboxes, with a layer to write to.
struct SandboxScene: Sendable {
    /// What a step wrote and how it ended.
    struct Result: Sendable {
        let ending: ProgramResult.Ending
        let output: String
        let errorOutput: String
    }

    static let driver: String = {
        let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return program.prefix(upTo: program.lastIndex(of: "/") ?? program.startIndex) + "/SandboxDriver"
    }()

    let folder: TemporaryFolder
    let location: SandboxLocation
    let runtime: OCIRuntime
    let root: Mountable

    var upper: String { folder.file("upper") }

    /// - Parameter layers: The layers below the one that is written, the lowest first.
    static func with<Value>(
        layers: [String] = [Busybox.layer()], runtime chosen: String? = nil,
        _ body: (SandboxScene) async throws -> Value
    ) async throws -> Value {
        try await TemporaryFolder.with { folder in
            for name in ["upper", "work"] {
                try FileManager.default.createDirectory(atPath: folder.file(name), withIntermediateDirectories: true)
            }
            let location = try SandboxLocation(folder: folder.file("location"), program: driver)
            let runtime = try await OCIRuntime.find(chosen: chosen, record: folder.file("runtime"), at: location)
            let root = Mountable.overlay(layers: layers, upper: folder.file("upper"), work: folder.file("work"))
            return try await body(SandboxScene(folder: folder, location: location, runtime: runtime, root: root))
        }
    }

    /// Runs a shell command.
    func run(
        _ command: String, _ change: (inout SandboxSpec) -> Void = { _ in }
    ) async throws -> Result {
        var spec = SandboxSpec(root: root, arguments: ["/bin/sh", "-c", command])
        spec.environment = ["PATH=/bin"]
        change(&spec)
        let written = Guarded<(output: [UInt8], error: [UInt8])>(([], []))
        let ending = try await Sandbox(runtime: runtime, location: location).run(spec) { stream, bytes in
            written.withLock { $0 = stream == .output ? ($0.output + bytes, $0.error) : ($0.output, $0.error + bytes) }
        }
        let (output, error) = written.withLock { $0 }
        return Result(
            ending: ending, output: String(decoding: output, as: UTF8.self),
            errorOutput: String(decoding: error, as: UTF8.self))
    }

    /// What a shell command that succeeds writes to standard output, without the newline at the end.
    func output(_ command: String, _ change: (inout SandboxSpec) -> Void = { _ in }) async throws -> String {
        let result = try await run(command, change)
        guard result.ending == .exited(status: 0) else {
            throw TestKitError("\(command) ended with \(result.ending): \(result.errorOutput)")
        }
        return result.output.hasSuffix("\n") ? String(result.output.dropLast()) : result.output
    }

    /// The paths of all that the step changed, folders included, sorted.
    func changes() -> [String] {
        (FileManager.default.enumerator(atPath: upper)?.compactMap { $0 as? String } ?? []).sorted()
    }

    /// What the kernel says of a process. Such a file has no size, and comes in pieces.
    static func fact(_ name: String, of process: some CustomStringConvertible) -> String {
        let file = FileHandle(forReadingAtPath: "/proc/\(process)/\(name)")
        return String(decoding: (try? file?.readToEnd()) ?? Data(), as: UTF8.self)
    }

    /// What is left of the sandboxes of this scene outside of them: mounts, processes, files and control groups.
    func leftovers() -> [String] {
        let files = FileManager.default
        let mounts = ((try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)) ?? "")
            .split(separator: "\n").filter { $0.contains(folder.path) }.map { "mount \($0)" }
        let processes = ((try? files.contentsOfDirectory(atPath: "/proc")) ?? []).filter { Int($0) != nil }.compactMap {
            process -> String? in
            let facts = ["cmdline", "mountinfo"].map { Self.fact($0, of: process) }
            let isOurs = facts.contains { $0.contains(folder.path) }
            return isOurs && process != "\(getpid())" ? "process \(process)" : nil
        }
        let remaining = ((try? files.contentsOfDirectory(atPath: folder.file("location"))) ?? []).map { "file \($0)" }
        let groups = (files.enumerator(atPath: "/sys/fs/cgroup")?.compactMap { $0 as? String } ?? [])
            .filter { $0.hasSuffix("/step") }.map { "control group \($0)" }
        let records = ["/run/runc/step", "/run/crun/step"].filter { files.fileExists(atPath: $0) }
        return mounts + processes + remaining + groups + records
    }
}
