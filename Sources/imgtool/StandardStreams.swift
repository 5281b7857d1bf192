internal import Glibc
internal import JSON
internal import OCI
internal import Spelling
internal import Terminal

/// The standard file descriptors.
enum StandardStreams {
    /// Opens closed ones, so that no file or connection gets their numbers and is written to by mistake. Writing to
    /// such a stream is still an error.
    static func open() {
        for descriptor in 0...2 where fcntl(Int32(descriptor), F_GETFD) == -1 {
            // open(2) uses the lowest free number, which is this one.
            _ = Glibc.open("/dev/null", O_RDONLY)
        }
    }
}

/// Standard output, for results.
enum StandardOutput {
    enum Failure: Error, CustomStringConvertible {
        /// The reader has gone.
        case closed
        case failed(errno: Int32)

        var description: String {
            switch self {
            case .closed: "cannot write the result: its reader has gone"
            case .failed(let errno): "cannot write the result: \(String(cString: strerror(errno)))"
            }
        }
    }

    static func write(_ text: String) throws { try write(Array(text.utf8)) }

    static func write(line: String) throws { try write(line + "\n") }

    /// Writes lines that may contain untrusted text.
    static func write(lines: [String]) throws { try write(lines.map { "\($0.escaped)\n" }.joined()) }

    /// Writes the result of a user's template, unchanged except for terminal control characters on a terminal.
    static func write(rendered text: String) throws { try write(isTerminal ? text.escapedLines : text) }

    /// Writes JSON byte for byte; on a terminal, the same value with control characters escaped.
    static func write(json bytes: [UInt8]) throws {
        guard isTerminal, let document = try? JSONDocument(bytes: bytes) else { return try write(bytes) }
        // There are no such characters outside of strings.
        try write(document.bytes(escapingOrders: true))
    }

    private static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Prints the reference that was written; on stderr if the image itself went to stdout.
    static func write(result: Reference) throws {
        if result.location.isPipe {
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

/// Standard error, for everything else.
enum StandardError {
    /// - Parameter line: Terminal control characters are escaped.
    static func write(line: String) { DescriptorWriter.write(Array("\(line.escapedLine)\n".utf8), to: STDERR_FILENO) }
}
