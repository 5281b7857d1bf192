import Foundation
import Glibc
import TestKit
import Testing

/// Something that listens on this machine, and tells everybody who comes its secret.
private final class Listener: Sendable {
    static let secret = "s3cret-of-the-machine"
    let port: UInt16
    private let socket: Int32

    init() throws {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let socket = socket
        port = try withUnsafeMutablePointer(to: &address) { pointer in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                guard bind(socket, $0, length) == 0, listen(socket, 8) == 0, getsockname(socket, $0, &length) == 0
                else { throw TestKitError("cannot listen") }
            }
            return UInt16(bigEndian: pointer.pointee.sin_port)
        }
        Thread.detachNewThread {
            while case let client = accept(socket, nil, nil), client >= 0 {
                _ = send(client, Self.secret + "\n", Self.secret.utf8.count + 1, Int32(MSG_NOSIGNAL))
                close(client)
            }
        }
    }

    func stop() {
        shutdown(socket, Int32(SHUT_RDWR))
        close(socket)
    }
}

@Suite("The network of steps", .enabled(if: CacheScene.canBuild), .timeLimit(.minutes(2)))
struct StepNetworkTests {
    private static let hasHelper = FileManager.default.isExecutableFile(atPath: "/usr/bin/slirp4netns")
    private static let capabilities = "grep CapBnd /proc/self/status | cut -c 8-"

    /// What the kernel says of a file of this machine's network, seen by one who has not looked at it before.
    private func mode(_ scene: CacheScene) async throws -> String {
        try await scene.shell("mount -t proc proc /proc; stat -c %a /proc/self/net/tcp").output
    }

    @Test(.enabled(if: hasHelper), arguments: StepKind.available.filter { $0 != .copied })
    func `is the build's own, which does not reach what listens on this machine's loopback device`(
        kind: StepKind
    ) async throws {
        let listener = try Listener()
        defer { listener.stop() }
        try await CacheScene.with { scene in
            let before = try await mode(scene)
            let build = try await scene.context(
                "app",
                """
                FROM busybox
                RUN for a in 127.0.0.1 10.0.2.2 10.0.2.3 10.0.2.100; do nc -w 2 $a \(listener.port) </dev/null; done; \
                    echo tried; ls /sys/class/net; chmod 0 /proc/net/tcp; \(Self.capabilities); \
                    wc -l < /proc/net/unix; grep -c ^nameserver /etc/resolv.conf
                RUN nc -l -p 4 127.0.0.1 & ls /sys/class/net
                """)
            let outcome = try await scene.run(build, kind)
            #expect(outcome.status == 0, "\(outcome.error)")
            #expect(outcome.error.contains(" tried\n"))
            #expect(!outcome.error.contains(Listener.secret))
            #expect(outcome.error.contains(" tap0\n"))
            #expect(outcome.error.contains("a80425fb\n"))
            #expect(!outcome.error.contains("warning: steps"))
            #expect(try await mode(scene) == before)
        }
    }

    @Test func `is this machine's where it is asked for, or there is no other, and nothing there can be listened to`()
        async throws
    {
        let listener = try Listener()
        defer { listener.stop() }
        try await CacheScene.with { scene in
            let build = try await scene.context(
                "app",
                """
                FROM busybox
                RUN nc -w 2 127.0.0.1 \(listener.port) </dev/null; \(Self.capabilities)
                RUN true
                """)
            // Without a PATH there is no slirp4netns.
            let alone = try await scene.shell("export PATH=/nowhere; \"$0\" \"$@\"", build)
            #expect(alone.status == 0, "\(alone.error)")
            #expect(alone.error.contains("a80405fb\n"))
            let warnings = alone.error.split(separator: "\n").filter { $0.contains("apt-get install slirp4netns") }
            #expect(warnings.count == 1, "\(alone.error)")
            let asked = try await scene.run(build + ["--network", "host", "--allow", "network.host", "--no-cache"])
            #expect(asked.error.contains(" \(Listener.secret)\n"), "\(asked.error)")
            #expect(asked.error.contains("a80425fb\n"))
            #expect(!asked.error.contains("slirp4netns"))
        }
    }

    @Test(.enabled(if: hasHelper)) func `does not reach a proxy on the loopback device, and says what to do`()
        async throws
    {
        try await CacheScene.with { scene in
            let build = try await scene.context("app", "FROM busybox\nRUN true\nRUN echo\n")
            func warnings(_ proxy: String) async throws -> [Substring] {
                let outcome = try await scene.run(build + ["--no-cache", "--build-arg", "HTTP_PROXY=\(proxy)"])
                return outcome.error.split(separator: "\n").filter { $0.contains("a proxy on this machine's loopback") }
            }
            for proxy in ["http://127.0.0.1:3128", "http://me:word@localhost:1/", "[::1]:80"] {
                let found = try await warnings(proxy)
                #expect(found.count == 1 && found[0].contains("HTTP_PROXY") && found[0].contains("--network host"))
                #expect(!found.joined().contains("word"))
            }
            #expect(try await warnings("http://192.0.2.1:3128") == [])
        }
    }
}
