internal import Glibc
internal import OCI
internal import Terminal

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

    /// Says what was written where; on stderr when that itself went to stdout.
    static func write(result: Reference) throws {
        if case .archive(_, "-") = result.location {
            StandardError.write(line: result.description)
        } else {
            try write(line: result.description)
        }
    }

    static func write(_ bytes: [UInt8]) throws {
        if let errno = DescriptorWriter.write(bytes, to: STDOUT_FILENO) {
            throw errno == EPIPE ? Failure.closed : Failure.failed(errno: errno)
        }
    }
}

/// Where everything else goes.
enum StandardError {
    static func write(line: String) { DescriptorWriter.write(Array("\(line)\n".utf8), to: STDERR_FILENO) }
}
