internal import CSandbox
internal import Glibc
internal import OCI

/// An output stream.
package enum StandardStream: Sendable, Hashable {
    case output, error
}

/// The pipes and sockets between a ``SandboxProcess`` and its supervising thread.
final class SandboxStreams {
    /// The descriptors for the process: 0, 1, 2 and ``SandboxProcess/control``.
    private(set) var theirs: [Int32] = []
    private var output: Int32 = -1
    private var error: Int32 = -1
    private var control: Int32 = -1

    /// - Parameter sharesTerminal: True to give the process this process's own standard streams.
    /// - Throws: ``ImageError`` if there are too many open files.
    init(sharesTerminal: Bool) throws(ImageError) {
        func check(_ result: Int32) throws(ImageError) {
            guard result < 0 else { return }
            throw ImageError(.failed, "cannot set up the sandbox", String(cString: strerror(errno)))
        }
        let input = sharesTerminal ? dup(STDIN_FILENO) : open("/dev/null", O_RDONLY | O_CLOEXEC)
        try check(input)
        theirs.append(input)
        for (stream, own) in [(\SandboxStreams.output, STDOUT_FILENO), (\SandboxStreams.error, STDERR_FILENO)] {
            if sharesTerminal {
                theirs.append(dup(own))
                try check(theirs[theirs.count - 1])
                continue
            }
            var ends: [Int32] = [-1, -1]
            try check(csandbox_pipe(&ends))
            self[keyPath: stream] = ends[0]
            theirs.append(ends[1])
        }
        var ends: [Int32] = [-1, -1]
        try check(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends))
        control = ends[0]
        theirs.append(ends[1])
    }

    deinit {
        closeTheirs()
        for descriptor in [output, error, control] where descriptor >= 0 { close(descriptor) }
    }

    func closeTheirs() {
        for descriptor in theirs { close(descriptor) }
        theirs = []
    }

    /// Sends the task. A process that has ended is noticed when its reply is read.
    func send(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(control, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        shutdown(control, Int32(SHUT_WR))
    }

    /// Passes on the output until all writers have closed it.
    ///
    /// - Returns: The reply.
    func readAll(_ receive: (StandardStream, [UInt8]) -> Void) -> [UInt8] {
        var answer: [UInt8] = []
        var polled = [output, error, control].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        while polled.contains(where: { $0.fd >= 0 }) {
            if poll(&polled, nfds_t(polled.count), -1) < 0, errno != EINTR { break }
            for index in polled.indices where polled[index].fd >= 0 && polled[index].revents != 0 {
                let bytes = Self.read(polled[index].fd)
                if bytes.isEmpty {
                    polled[index].fd = -1
                } else if index < 2 {
                    receive(index == 0 ? .output : .error, bytes)
                } else {
                    answer += bytes
                }
            }
        }
        return answer
    }

    /// Reads available bytes; empty at the end.
    private static func read(_ descriptor: Int32) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 64 << 10) { buffer, initialized in
            var count = -1
            repeat {
                count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            } while count < 0 && errno == EINTR
            initialized = max(0, count)
        }
    }
}
