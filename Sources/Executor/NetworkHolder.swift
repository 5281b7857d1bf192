internal import CSandbox
internal import FileSystem
internal import Glibc
internal import OCI

/// The process that holds a build's network, and the program that connects it to this machine's network.
///
/// slirp4netns opens an ordinary connection from this machine for each connection of a step, but none to this machine's
/// loopback interface.
struct NetworkHolder {
    /// The address at which slirp4netns forwards to this machine's name servers.
    static let resolver = "10.0.2.3"
    private static let ready: Int32 = 5
    /// In milliseconds.
    private static let timeout: Int32 = 10_000

    let program: String

    /// Creates the network, and moves the calling process into it.
    func prepare() throws {
        var ends: [Int32] = [-1, -1]
        guard csandbox_pipe(&ends) == 0 else { throw FileError(errno, "make a pipe for", program) }
        defer { close(ends[0]) }
        let arguments = [
            program, "--configure", "--mtu=65520", "--disable-host-loopback", "--enable-sandbox", "--enable-seccomp",
            "--ready-fd=\(Self.ready)", "--netns-type=path", "/proc/\(getpid())/ns/net", "tap0",
        ]
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var environment = [strdup("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"), nil]
        defer { for word in words + environment { free(word) } }
        let process = csandbox_start_outside_network(program, &words, &environment, ends[1], Self.ready)
        let code = errno
        close(ends[1])
        guard process > 0 else { throw FileError(code, "make a network for", "the build") }
        var polled = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
        var byte: UInt8 = 0
        guard poll(&polled, 1, Self.timeout) == 1, read(ends[0], &byte, 1) == 1 else {
            throw ImageError(.failed, "cannot make a network for the build", "\(program) does not set it up")
        }
    }
}
