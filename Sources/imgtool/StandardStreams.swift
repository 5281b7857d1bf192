internal import Glibc
internal import JSON
internal import OCI
internal import Spelling
internal import Terminal

/// The descriptors that every program starts with, or ought to.
enum StandardStreams {
    /// Takes the place of those that are closed, so that no file or connection gets their numbers and is written to as
    /// if it were a terminal. What is written to such a stream is still an error.
    static func open() {
        for descriptor in 0...2 where fcntl(Int32(descriptor), F_GETFD) == -1 {
            // The lowest number that is free is this one.
            _ = Glibc.open("/dev/null", O_RDONLY)
        }
    }
}

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

    /// Writes lines for people and scripts, in which strangers may have chosen the words.
    static func write(lines: [String]) throws { try write(lines.map { "\($0.escaped)\n" }.joined()) }

    /// Writes what somebody's template has made of an image: as it is, but nothing that a terminal would obey to one.
    static func write(rendered text: String) throws { try write(isTerminal ? text.escapedLines : text) }

    /// Writes JSON byte for byte; on a terminal, the same value without anything that it would obey.
    static func write(json bytes: [UInt8]) throws {
        guard isTerminal, let document = try? JSONDocument(bytes: bytes) else { return try write(bytes) }
        // Outside of strings there are no such characters.
        try write(document.bytes(escapingOrders: true))
    }

    private static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

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
    /// - Parameter line: What a terminal would obey in it is escaped.
    static func write(line: String) { DescriptorWriter.write(Array("\(line.escapedLine)\n".utf8), to: STDERR_FILENO) }
}
