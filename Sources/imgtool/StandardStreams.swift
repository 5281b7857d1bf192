internal import Glibc

/// Where results go.
enum StandardOutput {
    enum Failure: Error, CustomStringConvertible {
        /// Whoever read the results has gone.
        case closed
        case failed(errno: Int32)

        var description: String {
            switch self {
            case .closed: "cannot write the result: nobody reads it any more"
            case .failed(let errno): "cannot write the result: \(String(cString: strerror(errno)))"
            }
        }
    }

    static func write(_ text: String) throws { try write(Array(text.utf8)) }

    static func write(line: String) throws { try write(line + "\n") }

    static func write(_ bytes: [UInt8]) throws {
        if let errno = writeAll(bytes, to: STDOUT_FILENO) {
            throw errno == EPIPE ? Failure.closed : Failure.failed(errno: errno)
        }
    }

    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }
}

/// Where everything else goes.
enum StandardError {
    static func write(line: String) { _ = writeAll(Array("\(line)\n".utf8), to: STDERR_FILENO) }
}

/// Writes everything.
///
/// - Returns: The error number when that is not possible.
private func writeAll(_ bytes: [UInt8], to descriptor: Int32) -> Int32? {
    bytes.withUnsafeBytes { buffer in
        var rest = buffer[...]
        while !rest.isEmpty {
            let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                return errno
            }
        }
        return nil
    }
}
