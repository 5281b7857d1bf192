internal import Concurrency
internal import Foundation
internal import Glibc

/// A real sshd on the loopback interface, with keys of its own, that lets nobody in but its tests.
package final class SSHServer: Sendable {
    private static let server = "/usr/sbin/sshd"
    private static let client = "/usr/bin/ssh"

    /// Whether it can be run here: as root, since others cannot log in as somebody.
    package static var isAvailable: Bool {
        getuid() == 0 && [server, client].allSatisfy(FileManager.default.isExecutableFile)
    }

    package let address: String
    package let port: Int
    private let folder: TemporaryFolder
    private let daemon: Daemon

    /// - Parameters:
    ///   - address: One of 127.0.0.0/8.
    ///   - path: The folder in which programs are found first by those who log in.
    /// - Throws: ``TestKitError``.
    package init(address: String = "127.0.0.2", path: String = "/usr/local/bin") async throws {
        self.address = address
        folder = try TemporaryFolder()
        // The kernel gives a port only once for some time.
        port = try Socket.listening().port
        for name in ["host", "id"] {
            try Tool.runQuietly(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", folder.file(name)], in: folder.path)
        }
        try folder.write("authorized", text: folder.text("id.pub"))
        try folder.write("known", text: "[\(address)]:\(port) \(folder.text("host.pub"))")
        try folder.write(
            "sshd_config",
            text: """
                Port \(port)
                ListenAddress \(address)
                HostKey \(folder.file("host"))
                PidFile none
                AuthorizedKeysFile \(folder.file("authorized"))
                StrictModes no
                UsePAM no
                PermitRootLogin prohibit-password
                PasswordAuthentication no
                KbdInteractiveAuthentication no
                SetEnv PATH=\(path):/usr/sbin:/usr/bin:/sbin:/bin

                """)
        try folder.write(
            "config",
            text: """
                IdentityFile \(folder.file("id"))
                IdentitiesOnly yes
                UserKnownHostsFile \(folder.file("known"))
                StrictHostKeyChecking yes

                """)
        // Debian's service makes it when it starts.
        mkdir("/run/sshd", 0o755)
        daemon = try await Daemon(
            [Self.server, "-D", "-e", "-f", folder.file("sshd_config")], output: folder.file("log"),
            error: folder.file("log"))
        while (try? folder.text("log"))?.contains("Server listening") != true {
            guard daemon.isRunning else { throw TestKitError("sshd does not start: \(try folder.text("log"))") }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    deinit { daemon.kill() }

    /// Writes a program that is ssh with the keys of this server.
    package func writeClient(to path: String) throws {
        try "#!/bin/sh\nexec \(Self.client) -F \(folder.file("config")) \"$@\"\n"
            .write(toFile: path, atomically: false, encoding: .utf8)
        chmod(path, 0o755)
    }

    /// Takes away the right to log in.
    package func lockOut() throws { try folder.write("authorized", text: "") }

    /// Ends the server. What it has started goes on.
    package func stop() async { await daemon.stop() }
}
