import BuildPlan
import DockerfileLanguage
import Testing

@Suite("Variables")
struct VariableTests {
    @Test(
        "reach the steps below them",
        arguments: [
            ("ARG a=1\nRUN x\nARG b=2 c\nRUN y", [["a=1"], ["a=1", "b=2"]]),
            ("ENV a=1 b=$a\nENV c=$a\nRUN x", [["a=1", "b=", "c=1"]]),
            ("ENV a=1\nARG a=2\nRUN x", [["a=2"]]),
            ("ARG a=1\nENV a=$a-2\nRUN x", [["a=1-2"]]),
            ("ARG given\nRUN x", [["given=g"]]),
            ("ARG given=d\nRUN x", [["given=g"]]),
            ("ARG global\nRUN x", [["global=top"]]),
            ("RUN x", [[]]),
        ])
    func scopes(_ instructions: String, _ expected: [[String]]) async throws {
        let plan = try await plan("ARG global=top\nFROM alpine\n\(instructions)") { $0.arguments = ["given": "g"] }
        #expect(plan.environments == expected)
    }

    @Test("of a stage are those of the stage below it, and of its image")
    func inherited() async throws {
        var images = Images()
        images["base"] = #"{"Env":["PATH=/p","lib=/l","odd"]}"#
        let plan = try await plan(
            """
            FROM base AS a
            ARG v=1
            ENV w=2
            FROM a
            RUN x $v
            ENV w=3 lib=
            """, images: images)
        #expect(plan.runs[0].environment == ["PATH=/p", "lib=/l", "odd=", "v=1", "w=2"])
        #expect(plan.config == #"{"Env":["PATH=/p","lib=","odd=","w=3"]}"#)
    }

    @Test("of FROM are the global ones")
    func from() async throws {
        let text = """
            ARG image=alp
            ARG image=${image}ine
            ARG from=$BUILDPLATFORM
            FROM --platform=$from $image
            RUN x
            """
        let plan = try await plan(text, for: ["linux/arm64"])
        #expect(plan.rendering.hasPrefix("0: alpine amd64"))
        #expect(plan.environments == [[]])
    }

    @Test("do not include proxies of the machine, which steps see all the same, also where they are declared")
    func machineProxies() async throws {
        let plan = try await plan("FROM alpine\nARG HTTP_PROXY\nRUN y") { $0.proxies = ["HTTP_PROXY": "http://p"] }
        #expect(plan.environments == [[]])
        #expect(plan.runs.map(\.proxies) == [["HTTP_PROXY=http://p", "http_proxy=http://p"]])
        #expect(!plan.images[0].history.contains { "\($0.entry)".contains("http://p") })
    }

    @Test("include proxies in every step, apart from what the step depends on, unless they are declared")
    func proxies() async throws {
        let plan = try await plan("FROM alpine\nRUN x\nARG HTTP_PROXY\nRUN y") {
            $0.arguments = ["HTTP_PROXY": "http://p"]
        }
        #expect(plan.environments == [[], ["HTTP_PROXY=http://p"]])
        #expect(plan.runs.map(\.proxies) == [["HTTP_PROXY=http://p", "http_proxy=http://p"], plan.runs[0].proxies])
        #expect(plan.history[1] == "RUN /bin/sh -c x # buildkit")
    }

    @Test("are replaced wherever the language says so, and nowhere else")
    func expansion() async throws {
        let plan = try await plan(
            """
            FROM alpine
            ENV d=dir u=me
            WORKDIR /$d
            USER $u
            COPY --chown=$u --chmod=$m --exclude=$d/* "$d" '$d' to$d/
            LABEL $d=$u
            VOLUME /$d
            STOPSIGNAL ${s:-SIGINT}
            RUN echo $d
            CMD echo $d
            """)
        #expect(
            plan.rendering == """
                0: alpine amd64
                1: 0 mkdir /dir
                2: 1 copy context:dir context:$d to /dir/todir/ of me without dir/*
                3: 2 run echo $d in /dir as me on amd64
                amd64=3
                """)
        #expect(
            plan.config == #"{"User":"me","Env":["PATH=/bin","d=dir","u=me"],"Cmd":["/bin/sh","-c","echo $d"],"#
                + #""Volumes":{"/dir":{}},"WorkingDir":"/dir","Labels":{"dir":"me"},"StopSignal":"SIGINT","ArgsEscaped":true}"#
        )
    }
}
