import BuildPlan
import DockerfileLanguage
import Testing

@Suite("Steps that run programs")
struct RunStepTests {
    @Test(
        "are given to the shell, or are programs themselves",
        arguments: [
            ("RUN a  b", "run a  b"), ("RUN [\"a\", \"b c\"]", #"run ["a", "b c"]"#),
            ("SHELL [\"/bin/bash\", \"-ec\"]\nRUN a", #"run ["/bin/bash", "-ec", "a"]"#),
            ("RUN <<E\na\nb $c\nE", "run a\nb $c\n"), ("RUN <<-E\n\ta\n\tE", "run a\n"),
            ("RUN <<E cat >x\na\nE", "run <<E cat >x\na\nE"),
            ("RUN cat <<A <<'B'\n1\nA\n2\nB", "run cat <<A <<'B'\n1\nA\n2\nB"),
            ("RUN <<E\n#!/bin/x\ny\nE", "run /dev/pipes/E [file \"#!/bin/x\\ny\\n\" 755 at /dev/pipes/E]"),
            ("RUN --network=none a", "run a network none"), ("RUN --network=host a", "run a network host"),
            ("USER a:b\nWORKDIR /c\nRUN d", "run d in /c as a:b"), ("USER a\nUSER $none\nRUN d", "run d"),
        ] as [(String, String)])
    func commands(_ instructions: String, _ expected: String) async throws {
        let plan = try await plan("FROM alpine\n\(instructions)") { $0.allowed = [.hostNetwork] }
        #expect(plan.steps.last?.work.rendering == "\(expected) on amd64")
    }

    @Test("have the network of the build where they do not say")
    func network() async throws {
        let plan = try await plan("FROM alpine\nRUN a\nRUN --network=none b\nRUN --network=default c") {
            $0.network = .host
            $0.allowed = [.hostNetwork]
        }
        #expect(plan.runs.map(\.network) == [.host, .none, .host])
    }

    @Test("have the host name that the build gives them")
    func hostname() async throws {
        let text = "FROM alpine\nRUN a"
        #expect(try await plan(text).runs[0].hostname == nil)
        let named = try await plan(text) { $0.arguments["BUILDKIT_SANDBOX_HOSTNAME"] = "box" }
        #expect(named.runs[0].hostname == "box")
        #expect(named.runs[0].environment == ["PATH=/bin"])
        #expect(try await plan(text) { $0.arguments["BUILDKIT_SANDBOX_HOSTNAME"] = "" }.runs[0].hostname == nil)
    }

    @Test(
        "see mounts",
        arguments: [
            ("target=.", "[context:/ at /w]"), ("target=/x", "[context:/ at /x]"),
            ("target=x,rw", "[context:/ at /w/x rw]"),
            ("source=a/../b,target=x", "[context:/b at /w/x]"), ("from=other,src=/a,dst=/x/", "[2:/a at /x]"),
            ("from=busybox,target=/x", "[2:/ at /x]"), ("from=scratch,target=/x", "[nothing:/ at /x]"),
            ("from=files,source=.,target=/x", "[context files:/ at /x]"), ("target=$v", "[context:/ at /1]"),
            ("type=cache,target=/c/", "[cache /c at /c]"), ("type=cache,target=c", "[cache c at /w/c]"),
            ("type=cache,id=i,target=/c,from=other,source=/s", "[cache i from 2:/s at /c]"),
            ("type=tmpfs,target=/t", "[memory 0 at /t]"), ("type=tmpfs,target=/t,size=1m", "[memory 1048576 at /t]"),
            ("type=secret,id=s", "[secret s at /run/secrets/s]"), ("type=secret,id=s,env=S", "[secret s $S at -]"),
            ("type=secret,id=s,env=S,target=f", "[secret s $S at /w/f]"), ("type=ssh", "[ssh default at -]"),
        ] as [(String, String)])
    func mounts(_ mount: String, _ expected: String) async throws {
        let text = "FROM golang AS other\nFROM alpine\nENV v=/1\nWORKDIR /w\nRUN --mount=\(mount) x"
        let plan = try await plan(text) { $0.contexts = ["files": .folder] }
        #expect(plan.runs[0].mounts.map(\.rendering) == [expected])
    }
}
