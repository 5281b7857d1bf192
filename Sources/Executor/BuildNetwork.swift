internal import CSandbox
internal import FileSystem
internal import Glibc
internal import JSON
package import OCI
internal import Processes

/// The network that the steps of a build share: it reaches everything that this machine reaches, except services on the
/// machine's loopback interface and its abstract sockets, and cannot observe the machine's traffic.
///
/// It ends with the value, or with this process.
package final class BuildNetwork: Sendable {
    /// The network namespace.
    let descriptor: Int32
    private let process: pid_t
    private let control: Int32

    /// In milliseconds.
    private static let timeout: Int32 = 15_000

    /// The path of slirp4netns; `nil` if it is not installed.
    static func findProgram() -> String? { ProgramPath.find("slirp4netns") }

    /// - Parameter joining: The path of slirp4netns.
    /// - Throws: ``ImageError``.
    package init(joining: String, at location: SandboxLocation) throws(ImageError) {
        var ends: [Int32] = [-1, -1]
        guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
            throw Self.failure(String(cString: strerror(errno)))
        }
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        var words: [UnsafeMutablePointer<CChar>?] = [strdup(location.program), strdup(SandboxProcess.argument), nil]
        var environment: [UnsafeMutablePointer<CChar>?] = [nil]
        let descriptors = [null, null, null, ends[1]]
        let process = csandbox_spawn(location.program, &words, &environment, descriptors, Int32(descriptors.count), 0)
        let code = errno
        for word in words { free(word) }
        close(null)
        close(ends[1])
        guard process > 0 else {
            close(ends[0])
            throw Self.failure(String(cString: strerror(code)))
        }
        var network: Int32 = -1
        var problem: String?
        do throws(ImageError) {
            try Self.begin(SandboxTask(folder: location.folder, work: .network(program: joining)), through: ends[0])
            network = open("/proc/\(process)/ns/net", O_RDONLY | O_CLOEXEC)
            if network < 0 { problem = String(cString: strerror(errno)) }
        } catch {
            problem = error.reason
        }
        (descriptor, self.process, control) = (network, process, ends[0])
        // Everything started so far ends with this value.
        if let problem { throw Self.failure(problem) }
    }

    deinit {
        close(control)
        if descriptor >= 0 { close(descriptor) }
        kill(process, SIGKILL)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
    }

    /// Sends the process its task and waits until it is ready.
    private static func begin(_ task: SandboxTask, through control: Int32) throws(ImageError) {
        let bytes = task.json.bytes(.compact)
        guard bytes.withUnsafeBytes({ send(control, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }) == bytes.count
        else { throw failure("it takes no task") }
        shutdown(control, Int32(SHUT_WR))
        var answer: [UInt8] = []
        while answer.last != UInt8(ascii: "\n") {
            var polled = pollfd(fd: control, events: Int16(POLLIN), revents: 0)
            var piece = [UInt8](repeating: 0, count: 4096)
            let ready = poll(&polled, 1, timeout)
            if ready < 0, errno == EINTR { continue }
            let count = ready == 1 ? read(control, &piece, piece.count) : 0
            if count <= 0 { break }
            answer += piece[..<count]
        }
        switch (try? JSONValue(parsing: answer)).flatMap(SandboxReply.init(json:)) {
        case .ended: return
        case .failed(let error): throw error
        case nil: throw failure("it does not come to be")
        }
    }

    private static func failure(_ reason: String) -> ImageError {
        ImageError(.failed, "cannot make a network for the build", reason)
    }
}
