import Builders
import OCI
import Testing

@Suite("The endpoint of a node")
struct NodeEndpointTests {
    @Test(
        "is understood in all its forms",
        arguments: [
            (BuilderDriver.imgtool, "", "here"),
            (.imgtool, "ssh://build@host.example:2222", #"ssh(user: build, host: host.example, port: 2222)"#),
            (.imgtool, "ssh://[::1]", "ssh(host: ::1)"),
            (.docker, "node-amd64", "context(node-amd64)"),
            (.docker, "unix:///run/docker.sock", "unix(/run/docker.sock)"),
            (.docker, "tcp://127.0.0.1:2376", "tcp(127.0.0.1, 2376)"),
            (.docker, "ssh://root@h/run/other.sock", "ssh(user: root, host: h, path: /run/other.sock)"),
            (.dockerContainer, "default", "context(default)"),
            (.remote, "unix:///run/buildkit/buildkitd.sock", "unix(/run/buildkit/buildkitd.sock)"),
            (.remote, "tcp://[2001:db8::1]:1234", "tcp(2001:db8::1, 1234)"),
            (.remote, "docker-container://buildkitd", "container(buildkitd)"),
            (.remote, "docker-container://b?context=node-amd64", "container(b, context: node-amd64)"),
            (
                .remote, "kube-pod://buildkitd-0?namespace=ci&container=b&context=kind",
                "pod(buildkitd-0, namespace: ci, container: b, context: kind)"
            ),
            (.kubernetes, "kubernetes:///b?deployment=b0&kubeconfig=%2Fa+b", "deployment(b0, /a b)"),
            (.kubernetes, "kubernetes:///b?deployment=b0&kubeconfig=", "deployment(b0)"),
        ])
    func forms(driver: BuilderDriver, text: String, expected: String) throws {
        #expect(Self.shown(try NodeEndpoint(parsing: text, for: driver)) == expected)
    }

    @Test(
        "is refused in one line that says why",
        arguments: [
            (BuilderDriver.remote, "", "it is missing"), (.remote, "host", "it has no scheme"),
            (.remote, "tcp://host", "the port is missing"), (.remote, "tcp://host:0", #""0" is not a port"#),
            (.remote, "tcp://host:1/x", "a path means nothing there"), (.remote, "tcp://::1:1", "brackets"),
            (.remote, "unix://run/x", "it needs an absolute path"), (.remote, "foo://x", "foo:// is unknown"),
            (.remote, "ssh://a:b@host", "a password does not belong there"),
            (.remote, "ssh://-oProxyCommand=x", "it needs a host"), (.remote, "ssh://-x@host", "there is no user"),
            (.remote, "ssh://host?x=y", "x= means nothing there"), (.remote, "ssh://h#x", "characters"),
            (.remote, "kube-pod://a_b", "it needs a pod"),
            (.remote, "kube-pod://p?namespace=A", "namespace=A is no name"),
            (.remote, "kube-pod://p?namespace=-n", "starts with a dash"),
            (.remote, "docker-container://-v", "container"),
            (.remote, "docker-container://c?context=--help", "starts with a dash"),
            (.docker, "docker-container://x", "docker-container:// is for another driver"),
            (.docker, "-H", "it has no scheme"), (.imgtool, "tcp://h:1", "tcp:// is for another driver"),
            (.imgtool, "ssh://h/x", "a path means nothing there"), (.kubernetes, "", "it is missing"),
        ])
    func mistakes(driver: BuilderDriver, text: String, reason: String) throws {
        let error = #expect(throws: ImageError.self) { try NodeEndpoint(parsing: text, for: driver) }
        #expect(error?.code == .usage)
        #expect(error?.reason.contains(reason) == true, "\(error as Any)")
    }

    private static func shown(_ endpoint: NodeEndpoint) -> String {
        func fields(_ values: [(String, String?)]) -> String {
            values.compactMap { name, value in value.map { name.isEmpty ? $0 : "\(name): \($0)" } }
                .joined(separator: ", ")
        }
        return switch endpoint {
        case .here: "here"
        case .context(let name): "context(\(name))"
        case .unix(let path): "unix(\(path))"
        case .tcp(let host, let port): "tcp(\(host), \(port))"
        case .ssh(let address):
            "ssh("
                + fields([
                    ("user", address.user), ("host", address.host), ("port", address.port.map { "\($0)" }),
                    ("path", address.path),
                ]) + ")"
        case .container(let name, let context): "container(\(fields([("", name), ("context", context)])))"
        case .pod(let pod):
            "pod("
                + fields([
                    ("", pod.name), ("namespace", pod.namespace), ("container", pod.container),
                    ("context", pod.context),
                ]) + ")"
        case .deployment(let name, let file): "deployment(\(fields([("", name), ("", file)])))"
        }
    }
}
