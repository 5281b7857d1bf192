import BuildPlan
import JSON
import Testing

@Suite("The history of an image")
struct HistoryTests {
    @Test("has an entry for each instruction, which says whether it made a layer")
    func entries() async throws {
        let plan = try await plan(
            """
            FROM alpine AS a
            ARG v=1 w u="x y"
            env e=f
            FROM a
            RUN --network=none one  two
            SHELL ["sh", "-x"]
            RUN three
            RUN ["four", "five"]
            WORKDIR /w
            WORKDIR /
            COPY --link --chown=$v --from=busybox $v /$e/
            ADD <<F /x
            F
            USER me
            CMD go "on" >&2
            ENTRYPOINT ["e"]
            LABEL l="m n"
            EXPOSE 3 1
            VOLUME /v
            STOPSIGNAL 3
            HEALTHCHECK --retries=1 --interval=90s CMD c
            ONBUILD RUN d
            MAINTAINER m n
            """)
        #expect(
            plan.history == [
                "a layer of alpine", "(ARG v=1 w u=x y)", "(ENV e=f)",
                "RUN |3 v=1 w= u=x y /bin/sh -c one  two # buildkit", "(SHELL [sh -x])",
                "RUN |3 v=1 w= u=x y sh -x three # buildkit", "RUN |3 v=1 w= u=x y four five # buildkit", "WORKDIR /w",
                "(WORKDIR /)", "COPY --chown=1 1 /f/ # buildkit", "ADD <<F /x # buildkit", "(USER me)",
                #"(CMD ["sh" "-x" "go \"on\" >&2"])"#, #"(ENTRYPOINT ["e"])"#, "(LABEL l=m n)",
                "(EXPOSE [3/tcp 1/tcp])", "(VOLUME [/v])", "(STOPSIGNAL 3)",
                "(HEALTHCHECK {Test:[CMD-SHELL c] Interval:1m30s Timeout:0s StartPeriod:0s StartInterval:0s Retries:1})",
                "(MAINTAINER m n)",
            ])
        let steps = plan.images[0].history.compactMap(\.step)
        #expect(steps == [1, 2, 3, 4, 6, 7])
        #expect(plan.images[0].history.map(\.isInherited) == [true] + Array(repeating: false, count: 19))
        #expect(plan.images[0].history.dropFirst().allSatisfy { $0.entry["comment"] == "buildkit.dockerfile.v0" })
    }

    @Test("tells what a script did")
    func script() async throws {
        let plan = try await plan("FROM scratch\nRUN <<E\n#!/bin/x\ny\nE")
        #expect(plan.history == ["RUN /bin/sh -c /dev/pipes/E # buildkit"])
    }

    @Test(
        "is word for word what BuildKit says",
        arguments: [
            (#"LABEL q="a\"b" "c d"=e f="#, #"(LABEL q=a"b c d=e f=)"#), ("ENV old a  b c", "(ENV old=a  b c)"),
            (#"CMD ["a\tb", "é\u0001\u00a0", "\\", "q\"r"]"#, #"(CMD ["a\tb" "é\x01\u00a0" "\\" "q\"r"])"#),
            ("CMD []", "(CMD [])"), ("ENTRYPOINT a b", #"(ENTRYPOINT ["/bin/sh" "-c" "a b"])"#),
            (#"VOLUME ["/v a", "/w"]"#, "(VOLUME [/v a /w])"), ("USER \"\"", "(USER )"),
            ("HEALTHCHECK NONE", "(HEALTHCHECK {Test:[NONE] \(times("0s")) Retries:0})"),
            (
                #"HEALTHCHECK --timeout=1.5s CMD ["a", "b c"]"#,
                "(HEALTHCHECK {Test:[CMD a b c] \(times("1.5s")) Retries:0})"
            ),
            (
                "COPY --link --parents --chmod=755 --chown=a:b --exclude=x c ./d",
                "COPY --parents --chown=a:b --chmod=755 c ./d # buildkit"
            ),
            ("COPY [\"a b\", \"/c d\"]", "COPY a b /c d # buildkit"),
            ("ADD --checksum=sha256:1 http://h/a .", "ADD http://h/a . # buildkit"),
            ("RUN --mount=target=/x --network=none a \\\n  b", "RUN /bin/sh -c a   b # buildkit"),
            ("RUN <<E\na\nb\nE", "RUN /bin/sh -c a\nb\n # buildkit"),
            ("RUN cat <<E\na\nE", "RUN /bin/sh -c cat <<E\na\nE # buildkit"),
        ] as [(String, String)])
    func texts(_ instruction: String, _ expected: String) async throws {
        #expect(try await plan("FROM scratch\n\(instruction)").history == [expected])
    }

    private static func times(_ timeout: String) -> String {
        "Interval:0s Timeout:\(timeout) StartPeriod:0s StartInterval:0s"
    }

    @Test("begins with the base image's, as it is")
    func base() async throws {
        var images = Images()
        images.change("base") {
            $0.configuration["history"] = [
                ["created": "2020-01-01T00:00:00Z", "created_by": "one"], ["created_by": "no", "empty_layer": true],
            ]
        }
        let plan = try await plan("FROM base\nCMD c", images: images)
        #expect(plan.history == ["one", "(no)", #"(CMD ["/bin/sh" "-c" "c"])"#])
        #expect(plan.images[0].history[0].entry["created"] == "2020-01-01T00:00:00Z")
    }

    @Test("has as many layers as the base image when that one's own has not", arguments: [0, 1, 3])
    func mismatch(_ layers: Int) async throws {
        var images = Images()
        images.change("base") {
            $0.configuration["history"] = [["created_by": "one"], ["created_by": "two"]]
            $0.layers = layers
        }
        let plan = try await plan("FROM base", images: images)
        #expect(plan.history == Array(repeating: "a layer of base", count: layers))
    }
}
