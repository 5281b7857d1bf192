internal import Glibc

/// Writes to a descriptor that may be a terminal, a pipe or closed.
package enum DescriptorWriter {
    /// Writes all bytes, or drops what cannot be written.
    ///
    /// SIGPIPE has to be ignored by the process for that.
    ///
    /// - Returns: The error number when not all could be written: EPIPE when nobody reads them any more.
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
