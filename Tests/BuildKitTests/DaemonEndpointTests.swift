import BuildKit
import GRPC
import OCI
import TestKit
import Testing

@Suite("The way to a daemon", .timeLimit(.minutes(5)))
struct DaemonEndpointTests {
    @Test func `is a program with the arguments of docker buildx`() {
        #expect(
            DaemonEndpoint.buildKit(onHost: "h", user: "u", port: 22, socket: "/s").description
                == "ssh -l u -p 22 -- h buildctl --addr unix:///s dial-stdio")
        #expect(
            DaemonEndpoint.engine(onHost: "h", user: nil, port: nil, socket: nil).route
                == .program(["ssh", "-o", "ConnectTimeout=30", "-T", "--", "h", "docker system dial-stdio"]))
        #expect(
            DaemonEndpoint.engine(onHost: "h", user: nil, port: nil, socket: "/it's").route
                == .program([
                    "ssh", "-o", "ConnectTimeout=30", "-T", "--", "h",
                    #"docker --host=unix://'/it'\''s' system dial-stdio"#,
                ]))
        #expect(
            DaemonEndpoint.container("c", context: "x").description
                == "docker --context=x exec -i c buildctl dial-stdio")
        #expect(
            DaemonEndpoint.pod("p", namespace: "n", container: nil, context: nil).description
                == "kubectl --context= --namespace=n exec --container= -i p -- buildctl dial-stdio")
    }

    /// Carries bytes between its standard input and output and a socket.
    private static let relay = """
        import os, socket, sys, threading
        s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1])
        def up():
            while b := os.read(0, 65536): s.sendall(b)
            s.shutdown(socket.SHUT_WR)
        threading.Thread(target=up, daemon=True).start()
        while b := s.recv(65536): os.write(1, b)
        """

    @Test(.enabled(if: DockerEngine.isAvailable))
    func `leads through programs and sockets to the same daemon`() async throws {
        let socket = try await DockerEngine.shared().socket
        let ways = [
            DaemonEndpoint(.unix(path: socket), isEngine: true),
            DaemonEndpoint(.program(["python3", "-c", Self.relay, socket]), isEngine: true),
        ]
        for way in ways {
            let workers = try await way.connected { try await $0.workers() }
            #expect(workers.first?.platforms.isEmpty == false)
        }
    }

    @Test func `that leads nowhere is an error that says so`() async throws {
        let missing = await #expect(throws: ImageError.self) {
            try await DaemonEndpoint(.unix(path: "/no/socket"), isEngine: false).connected { _ in }
        }
        #expect(missing?.description == "cannot connect to /no/socket: No such file or directory")
        let silent = await #expect(throws: ImageError.self) {
            try await DaemonEndpoint(.program(["sh", "-c", "echo no container >&2"]), isEngine: true).connected { _ in }
        }
        #expect(silent?.reason == "sh says: no container")
    }
}
