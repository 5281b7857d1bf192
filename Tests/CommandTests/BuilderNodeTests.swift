import JSON
import TestKit
import Testing

@Suite("Nodes are created and removed", .enabled(if: DockerEngine.isAvailable), .timeLimit(.minutes(3)))
struct BuilderNodeTests {
    /// A docker client whose engine has one container, or none.
    private static let docker = """
        state=$log.state
        case "$*" in
        *dial-stdio*) exec $RELAY;;
        *"container inspect"*)
            [ -s $state ] && cat $state && exit 0
            echo "Error response from daemon: No such container: x" >&2; exit 1;;
        *"container create"*) echo created > $state; env | grep '^TOKEN=' >> $log.env || true;;
        *"container start"*) echo running > $state;;
        *"container stop"*) echo exited > $state;;
        *"container rm"*) rm $state;;
        *" info "*) echo "cgroupfs [name=seccomp,profile=builtin]";;
        esac
        """

    /// A home in which stand-ins can connect to a real BuildKit.
    private static func home() async throws -> BuilderHome {
        var home = try BuilderHome()
        home.environment["RELAY"] = try BuildKitRelay.command(to: await DockerEngine.shared(), in: home.folder)
        return home
    }

    @Test func `as containers with the options of buildx`() async throws {
        var home = try await Self.home()
        try home.stand(in: "docker", Self.docker)
        let engine = "unix:///run/engine.sock"
        let configuration = try home.folder.write("buildkitd.toml", text: "debug = true\n")
        try await home.builder(
            "create", "--name", "c", "--driver", "docker-container", "--driver-opt",
            "network=host,memory=1g,cpu-quota=50000",
            "--driver-opt", "env.TOKEN=secret,image=example/buildkit:1", "--buildkitd-flags", "--debug",
            "--buildkitd-config", configuration, engine)
        #expect(try home.calls(of: "docker") == [])
        #expect(try await home.builder("ls", "-q", "--format", "{{.Name}} {{.Status}}").lines[1] == "c0 inactive")
        let shown = try await home.builder("inspect", "--bootstrap", "c").lines
        #expect(shown.contains("Status:                running"), "\(shown)")
        #expect(shown.contains("BuildKit daemon flags: --debug"))
        let name = "buildx_buildkit_c0"
        let inspect = "--host \(engine) container inspect --format {{.State.Status}} \(name)"
        #expect(
            try home.calls(of: "docker") == [
                inspect, inspect, "--host \(engine) info --format {{.CgroupDriver}} {{.SecurityOptions}}",
                "--host \(engine) container create --name \(name) --privileged --init --restart unless-stopped "
                    + "--mount type=volume,source=\(name)_state,target=/var/lib/buildkit --cgroup-parent /docker/buildx "
                    + "--network host --memory 1g --cpu-quota 50000 --env TOKEN example/buildkit:1 --debug "
                    + "--allow-insecure-entitlement=network.host",
                "--host \(engine) container cp - \(name):/etc", "--host \(engine) container start \(name)",
                "--host \(engine) exec \(name) buildctl debug workers", inspect,
                "--host \(engine) exec -i \(name) buildctl dial-stdio",
            ])
        #expect(try home.folder.text("docker.env") == "TOKEN=secret\n")
        #expect(try home.folder.text("docker.input").contains("debug = true"))
        try await home.builder("stop", "c")
        #expect(try await home.builder("ls", "-q", "--format", "{{.Status}}").lines[0] == "stopped")
        try await home.builder("inspect", "--bootstrap", "c")
        #expect(try home.calls(of: "docker").filter { $0.contains("container create") }.count == 1)
        #expect(try await home.builder("rm", "--keep-state", "c") == "c")
        #expect(try home.calls(of: "docker").last == "--host \(engine) container rm --force --volumes \(name)")
    }

    @Test func `as containers in the engine of a context, and removed with their state`() async throws {
        var home = try BuilderHome()
        try home.stand(in: "docker", Self.docker)
        home.environment["DOCKER_CONTEXT"] = "ctx"
        try await home.builder("create", "--name", "c", "--driver", "docker-container", "--bootstrap")
        #expect(try home.calls(of: "docker").allSatisfy { $0.hasPrefix("--context ctx ") })
        #expect(try home.calls(of: "docker")[2].hasSuffix(" moby/buildkit:buildx-stable-1"))
        try await home.builder("rm", "c")
        #expect(try home.calls(of: "docker").last == "--context ctx volume rm --force buildx_buildkit_c0_state")
        #expect(!home.folder.has("docker.state"))
    }

    @Test func `unless the engine is out of reach, which is no obstacle to removing the builder`() async throws {
        var home = try BuilderHome()
        try home.stand(in: "docker", "echo 'Cannot connect to the Docker daemon at x. Is it running?' >&2; exit 1")
        try await home.builder("create", "--name", "c", "--driver", "docker-container", "unix:///none")
        let listed = try await home.run(["builder", "ls", "--format", "{{.Status}}"])
        #expect(listed.output.lines[0] == "no connection")
        #expect(
            listed.error
                == "imgtool: builder c: cannot ask the node c0: docker says: Cannot connect to the Docker daemon at x. Is it running?\n"
        )
        expectFailure(
            try await home.run(["builder", "inspect", "--bootstrap", "c"]), 1, naming: "docker says: Cannot connect")
        #expect(try await home.builder("rm", "--all-inactive", "-f") == "c")
        #expect(try await home.builder("ls", "-q", "--format", "{{.Name}}").lines == ["default", "default"])
    }

    @Test func `unless the program for that is missing`() async throws {
        var home = try BuilderHome()
        home.environment["PATH"] = home.folder.path
        for (driver, program) in [("docker-container", "docker"), ("kubernetes", "kubectl")] {
            let outcome = try await Tool(Tool.builtImgtool).run(
                ["builder", "create", "--name", program, "--driver", driver, "--bootstrap"],
                environment: ["PATH": "/usr/bin:/bin"], home: home.folder)
            // The machine may have the program; then there is nothing that it could reach.
            #expect(outcome.status == 1)
            #expect(outcome.error.contains("cannot start the node \(program)0") || outcome.error.contains("cannot ask"))
        }
    }

    @Test func `as pods with the options of buildx`() async throws {
        var home = try await Self.home()
        try home.stand(
            in: "kubectl",
            """
            case "$*" in
            *"get deployment"*)
                [ -e $log.state ] || exit 0
                ready=$(cat $log.state)
                echo $((ready + 1)) > $log.state
                echo "{\\"status\\":{\\"readyReplicas\\":$ready}}";;
            *"get pods"*) echo '{"items":[{"metadata":{"name":"p-1"},"status":{"phase":"Pending"}},{"metadata":{"name":"p-2"},"status":{"phase":"Running"}}]}';;
            *dial-stdio*) exec $RELAY;;
            *apply*) echo 0 > $log.state;;
            *delete*) rm $log.state;;
            esac
            """)
        let configuration = try home.folder.write("buildkitd.toml", text: "debug = true\n")
        try await home.builder(
            "create", "--name", "my_k", "--driver", "kubernetes", "--platform", "arm64", "--driver-opt",
            "namespace=ci,replicas=2,rootless=true,requests.cpu=100m,limits.memory=1Gi,qemu.install=true",
            "--driver-opt",
            #""nodeselector=kubernetes.io/arch=arm64,disk=ssd","tolerations=key=a,value=b,operator=equal;key=c""#,
            "--buildkitd-config", configuration)
        let outcome = try await home.run(["builder", "inspect", "--bootstrap", "my_k"])
        #expect(outcome.status == 0, "\(outcome.error)")
        #expect(outcome.output.lines.contains("Status:           running"), "\(outcome.output)")
        let waiting = outcome.error.lines
        #expect(
            waiting == [
                "imgtool: creating the deployment my-k0",
                "imgtool: waiting for the pods of my-k0: 0 of 2 are ready",
                "imgtool: waiting for the pods of my-k0: 1 of 2 are ready",
            ])
        let calls = try home.calls(of: "kubectl")
        #expect(calls[0] == "--namespace ci get deployment my-k0 --ignore-not-found --output json")
        #expect(calls[1] == "--namespace ci apply --filename -")
        #expect(
            calls.suffix(2) == [
                "--namespace ci get pods --selector app=my-k0 --output json",
                "--namespace ci exec --container=buildkitd -i p-2 -- buildctl dial-stdio",
            ])
        let items = try JSONValue(parsing: home.folder.bytes("kubectl.input"))["items"]?.array ?? []
        #expect(items.map { $0["kind"]?.string } == ["ConfigMap", "Deployment"])
        #expect(items[0]["data"]?["buildkitd.toml"] == "debug = true\n")
        let spec = items[1]["spec"]
        #expect(spec?["replicas"] == 2 && spec?["selector"] == ["matchLabels": ["app": "my-k0"]])
        let template = spec?["template"]
        #expect(template?["metadata"]?["annotations"]?["buildx.docker.com/platform"] == "linux/arm64")
        #expect(template?["spec"]?["nodeSelector"] == ["disk": "ssd", "kubernetes.io/arch": "arm64"])
        #expect(
            template?["spec"]?["tolerations"] == [["key": "a", "value": "b", "operator": "Equal"], ["key": "c"]])
        let container = template?["spec"]?["containers"]?.array?.first
        #expect(container?["image"] == "moby/buildkit:buildx-stable-1-rootless")
        #expect(container?["args"] == ["--oci-worker-no-process-sandbox"])
        #expect(container?["resources"] == ["requests": ["cpu": "100m"], "limits": ["memory": "1Gi"]])
        #expect(container?["securityContext"] == ["seccompProfile": ["type": "Unconfined"]])
        #expect(try await home.builder("rm", "my_k") == "my_k")
        #expect(
            try home.calls(of: "kubectl").last
                == "--namespace ci delete --ignore-not-found --wait=false deployment/my-k0 configmap/my-k0-config")
    }

    @Test func `unless an option of pods is malformed`() async throws {
        let home = try BuilderHome()
        for (option, reason) in [
            (#""nodeselector=a""#, "is not NAME=VALUE"), (#""tolerations=kee=a""#, "fields are key, operator"),
        ] {
            _ = try await home.builder(
                "create", "--append", "-q", "--name", "k", "--driver", "kubernetes", "--driver-opt", option)
            expectFailure(try await home.run(["builder", "inspect", "--bootstrap", "k"]), 2, naming: reason)
            try await home.builder("rm", "-q", "k")
        }
    }
}
