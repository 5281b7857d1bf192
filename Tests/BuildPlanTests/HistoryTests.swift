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
            HEALTHCHECK --retries=1 CMD c
            ONBUILD RUN d
            MAINTAINER m
            """)
        #expect(
            plan.history == [
                "a layer of alpine", #"(ARG v=1 w u="x y")"#, "(ENV e=f)", "RUN |3 v=1 w= u=x y /bin/sh -c one  two",
                #"(SHELL ["sh","-x"])"#, "RUN |3 v=1 w= u=x y sh -x three", "RUN |3 v=1 w= u=x y four five",
                "WORKDIR /w", "(WORKDIR /)", "COPY --from=busybox --chown=1 1 /f/", "ADD <<F /x", "(USER me)",
                #"(CMD ["sh","-x","go \"on\" >&2"])"#, #"(ENTRYPOINT ["e"])"#, #"(LABEL l="m n")"#,
                "(EXPOSE 3/tcp 1/tcp)", #"(VOLUME ["/v"])"#, "(STOPSIGNAL 3)", "(HEALTHCHECK --retries=1 CMD c)",
                "(ONBUILD RUN d)", "(MAINTAINER m)",
            ])
        let steps = plan.images[0].history.compactMap(\.step)
        #expect(steps == [1, 2, 3, 4, 6, 7])
        #expect(plan.images[0].history.map(\.isInherited) == [true] + Array(repeating: false, count: 20))
        #expect(plan.images[0].history[1].entry["comment"] == "imgtool.dockerfile.v0")
    }

    @Test("tells what a script did")
    func script() async throws {
        let plan = try await plan("FROM scratch\nRUN <<E\n#!/bin/x\ny\nE")
        #expect(plan.history == ["RUN <<E # #!/bin/x\ny\n"])
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
        #expect(plan.history == ["one", "(no)", #"(CMD ["/bin/sh","-c","c"])"#])
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
