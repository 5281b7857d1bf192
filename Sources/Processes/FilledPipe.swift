internal import Glibc
internal import SystemPackage

/// The standard input of a program: a pipe filled completely before the program starts.
///
/// The reading end stays open here until the program has ended. Otherwise, a program that does not read its input would
/// kill this one with SIGPIPE.
struct FilledPipe: Sendable {
    let readEnd: FileDescriptor

    /// - Throws: `Errno.resourceTemporarilyUnavailable` if the bytes exceed the capacity of a pipe (64 KiB).
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
