internal import Foundation

/// Shows the BuildKit inside a Docker engine as a daemon of its own.
package final class BuildKitRelay: Sendable {
    /// Connects its standard input and output, or with a port every client of 127.0.0.1, to BuildKit. With certificates,
    /// clients have to have one, too.
    private static let script = """
        import os, socket, ssl, sys, threading
        engine, port, tls = sys.argv[1], sys.argv[2], sys.argv[3:]
        def dial():
            s = socket.socket(socket.AF_UNIX)
            s.connect(engine)
            s.sendall(b"POST /grpc HTTP/1.1\\r\\nHost: d\\r\\nConnection: Upgrade\\r\\nUpgrade: h2c\\r\\n\\r\\n")
            head = b""
            while b"\\r\\n\\r\\n" not in head: head += s.recv(1)
            return s
        def pump(read, write, end):
            try:
                while b := read(65536): write(b)
            except OSError: pass
            try: end()
            except OSError: pass
        def serve(client):
            try:
                if tls: client = context.wrap_socket(client, server_side=True)
            except OSError: return
            s = dial()
            end = lambda: (s.shutdown(2), client.shutdown(2))
            threading.Thread(target=pump, args=(s.recv, client.sendall, end), daemon=True).start()
            pump(client.recv, s.sendall, end)
        if port == "-":
            s = dial()
            out = threading.Thread(target=pump, args=(s.recv, lambda b: os.write(1, b), lambda: os._exit(0)), daemon=True)
            out.start()
            pump(lambda n: os.read(0, n), s.sendall, lambda: s.shutdown(1))
            out.join()
        else:
            if tls:
                context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=tls[2])
                context.load_cert_chain(tls[0], tls[1])
                context.verify_mode = ssl.CERT_REQUIRED
                context.set_alpn_protocols(["h2"])
            listener = socket.create_server(("127.0.0.1", 0))
            print(listener.getsockname()[1], flush=True)
            while True: threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

        """

    /// Of 127.0.0.1.
    package let port: Int
    private let folder: TemporaryFolder
    private let daemon: Daemon

    /// - Parameter certificates: For a relay that speaks TLS, and wants to see the client's.
    /// - Throws: ``TestKitError``.
    package init(to engine: DockerEngine, _ certificates: TestCertificates? = nil) async throws {
        folder = try TemporaryFolder()
        let script = try folder.write("relay.py", text: Self.script)
        let tls = certificates.map { [$0.server, $0.serverKey, $0.authority] } ?? []
        daemon = try await Daemon(
            ["python3", script, engine.socket, "0"] + tls, output: folder.file("port"), error: folder.file("log"))
        while true {
            if let text = try? folder.text("port"), text.hasSuffix("\n"), let port = Int(text.dropLast()) {
                self.port = port
                return
            }
            guard daemon.isRunning else { throw TestKitError("the relay does not start: \(try folder.text("log"))") }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    deinit { daemon.kill() }

    /// A command for a shell that connects its input and output to BuildKit.
    ///
    /// - Parameter folder: Where its script is written.
    package static func command(to engine: DockerEngine, in folder: TemporaryFolder) throws -> String {
        let script = try folder.write("relay.py", text: script)
        return "python3 \(script) \(engine.socket) -"
    }
}
