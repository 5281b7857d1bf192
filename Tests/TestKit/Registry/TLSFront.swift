/// A web server, nginx, that offers TLS and HTTP/2 and passes every request on to a server without either.
package struct TLSFront: Sendable {
    package let port: Int
    package let certificates: TestCertificates
    private let folder: TemporaryFolder

    /// `127.0.0.1:PORT`.
    package var host: String { "127.0.0.1:\(port)" }

    /// Runs `body` with a front of a server on a port of 127.0.0.1.
    ///
    /// - Throws: ``TestKitError`` with nginx's log when it does not start; what `body` throws.
    package static func with<Result>(
        port upstreamPort: Int, _ body: (TLSFront) async throws -> Result
    ) async throws -> Result {
        try await TemporaryFolder.with { folder in
            let certificates = try await TestCertificates(in: folder)
            // nginx cannot choose a port itself, so another process may take the one that was free a moment ago.
            for _ in 0..<5 {
                let front = TLSFront(port: try freePort(), certificates: certificates, folder: folder)
                guard let daemon = try await front.start(upstreamPort) else { continue }
                do {
                    let result = try await body(front)
                    await daemon.stop()
                    return result
                } catch {
                    await daemon.stop()
                    throw error
                }
            }
            throw TestKitError("nginx does not start: \((try? folder.text("error.log")) ?? "")")
        }
    }

    /// The requests that have been answered, in order, each as in `HTTP/2.0 GET /v2/ 200`.
    package var requests: [String] {
        ((try? folder.text("access.log")) ?? "").split(separator: "\n").map(String.init)
    }

    /// How many connections clients have made for those requests.
    package var connections: Int {
        Set(((try? folder.text("connections.log")) ?? "").split(separator: "\n")).count
    }

    private static func freePort() throws -> Int { try Socket.listening().port }

    private func start(_ upstreamPort: Int) async throws -> Daemon? {
        let file = try folder.write("nginx.conf", text: configuration(upstreamPort))
        let log = folder.file("error.log")
        let daemon = try await Daemon(["/usr/sbin/nginx", "-p", folder.path, "-c", file], output: log, error: log)
        while daemon.isRunning {
            if (try? Socket.connected(to: port)) != nil { return daemon }
            try await Task.sleep(for: .milliseconds(5))
        }
        return nil
    }

    private func configuration(_ upstreamPort: Int) -> String {
        """
        daemon off;
        master_process off;
        pid \(folder.file("nginx.pid"));
        error_log \(folder.file("error.log"));
        events {}
        http {
            log_format request '$server_protocol $request_method $request_uri $status';
            log_format connection '$connection';
            access_log \(folder.file("access.log")) request;
            access_log \(folder.file("connections.log")) connection;
            client_body_temp_path \(folder.file("bodies"));
            proxy_temp_path \(folder.file("answers"));
            fastcgi_temp_path \(folder.file("fastcgi"));
            uwsgi_temp_path \(folder.file("uwsgi"));
            scgi_temp_path \(folder.file("scgi"));
            client_max_body_size 0;
            server {
                listen 127.0.0.1:\(port) ssl http2;
                ssl_certificate \(certificates.server);
                ssl_certificate_key \(certificates.serverKey);
                location / {
                    proxy_pass http://127.0.0.1:\(upstreamPort);
                    proxy_http_version 1.1;
                    proxy_request_buffering off;
                    proxy_set_header Host $http_host;
                    proxy_set_header X-Forwarded-Proto https;
                }
            }
        }

        """
    }
}
