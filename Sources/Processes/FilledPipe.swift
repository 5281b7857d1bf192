internal import Glibc
internal import SystemPackage

/// The standard input of a program: a pipe that holds all of it before the program starts.
///
/// Its reading end stays open here until the program has ended. Were it written while the program runs, a program that
/// does not read it would end us by a broken-pipe signal.
struct FilledPipe: Sendable {
    let readEnd: FileDescriptor

    /// - Throws: `Errno`, `resourceTemporarilyUnavailable` when the bytes are more than a pipe holds (64 KiB).
    init(_ bytes: [UInt8]) throws {
        let (readEnd, writeEnd) = try FileDescriptor.pipe()
        self.readEnd = readEnd
        for end in [readEnd, writeEnd] { _ = fcntl(end.rawValue, F_SETFD, FD_CLOEXEC) }
        _ = fcntl(writeEnd.rawValue, F_SETFL, O_NONBLOCK)
        do {
            try writeEnd.closeAfter { _ = try writeEnd.writeAll(bytes) }
        } catch {
            close()
            throw error
        }
    }

    func close() {
        try? readEnd.close()
    }
}
