internal import FileSystem
internal import Glibc
internal import OCI
internal import Processes

/// Tests whether this machine runs the programs of an architecture. It is tried out, because the registrations cannot
/// be read in every container, and do not prove that they work.
enum ForeignProgram {
    /// - Throws: ``ImageError`` if the test could not be run; `CancellationError`.
    static func runs(_ architecture: Architecture) async throws -> Bool {
        let program: String
        do throws(FileError) {
            program = try write(TinyProgram(for: architecture).bytes)
        } catch {
            throw ImageError(.failed, "cannot try a program of \(architecture.rawValue)", error.description)
        }
        defer { unlink(program) }
        do {
            return try await run(program: program).succeeded
        } catch is ProcessError {
            return false
        }
    }

    private static func write(_ bytes: [UInt8]) throws(FileError) -> String {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        let path = "\(folder)/imgtool-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        try OpenFile(path, for: .creating, permissions: 0o700).write(bytes, at: 0)
        return path
    }
}
