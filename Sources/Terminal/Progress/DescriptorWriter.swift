internal import Glibc

/// Writes to a file descriptor, which may be a terminal, a pipe or closed.
package enum DescriptorWriter {
    /// Writes all bytes, and drops those that cannot be written.
    ///
    /// The process has to ignore SIGPIPE.
    ///
    /// - Returns: The error number if some bytes could not be written; EPIPE if the reader has gone.
    @discardableResult
    package static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32? {
        bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count > 0 {
                    rest = rest.dropFirst(count)
                } else if errno == EAGAIN {
                    var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                    poll(&ready, 1, -1)
                } else if errno != EINTR {
                    return errno
                }
            }
            return nil
        }
    }
}
