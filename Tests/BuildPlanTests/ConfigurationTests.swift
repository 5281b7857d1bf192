import BuildPlan
import JSON
import OCI
import Testing

@Suite("The configuration of an image")
struct ConfigurationTests {
    @Test(
        "is what the instructions say",
        arguments: [
            ("CMD [\"a\", \"b\"]", #"{"Cmd":["a","b"],"ArgsEscaped":true}"#),
            ("CMD a b", #"{"Cmd":["/bin/sh","-c","a b"],"ArgsEscaped":true}"#),
            ("CMD a\nCMD []", #"{"ArgsEscaped":true}"#), ("ENTRYPOINT a", #"{"Entrypoint":["/bin/sh","-c","a"]}"#),
            ("ENTRYPOINT [\"a\"]\nENTRYPOINT []", ""),
            ("SHELL [\"sh\"]\nCMD a", #"{"Cmd":["sh","a"],"ArgsEscaped":true,"Shell":["sh"]}"#),
            ("CMD a\nSHELL [\"sh\"]", #"{"Cmd":["/bin/sh","-c","a"],"ArgsEscaped":true,"Shell":["sh"]}"#),
            ("CMD [\"c\"]\nENTRYPOINT [\"e\"]", #"{"Entrypoint":["e"],"Cmd":["c"],"ArgsEscaped":true}"#),
            ("LABEL b=2 a=1\nLABEL \"c d\"=\"e f\" b=3", #"{"Labels":{"a":"1","b":"3","c d":"e f"}}"#),
            ("LABEL a b c", #"{"Labels":{"a":"b c"}}"#),
            (
                "EXPOSE 80 53/UDP 9-11",
                #"{"ExposedPorts":{"10/tcp":{},"11/tcp":{},"53/udp":{},"80/tcp":{},"9/tcp":{}}}"#
            ),
            (
                "ENV p=\"7 8/udp\"\nEXPOSE $p",
                #"{"ExposedPorts":{"7/tcp":{},"8/udp":{}},"Env":["PATH=/bin","p=7 8/udp"]}"#
            ),
            ("EXPOSE 8080:80", #"{"ExposedPorts":{"80/tcp":{}}}"#),
            ("VOLUME /b /a\nVOLUME [\"/c d\"]", #"{"Volumes":{"/a":{},"/b":{},"/c d":{}}}"#),
            ("STOPSIGNAL SIGTERM\nSTOPSIGNAL 9", #"{"StopSignal":"9"}"#),
            ("USER a\nUSER b:c", #"{"User":"b:c"}"#), ("USER a\nUSER $none", ""),
            (
                "HEALTHCHECK --interval=1m --retries=2 CMD a b",
                #"{"Healthcheck":{"Test":["CMD-SHELL","a b"],"Interval":60000000000,"Retries":2}}"#
            ),
            (
                "HEALTHCHECK --timeout=1s --start-period=2s --start-interval=3s CMD [\"a\"]",
                #"{"Healthcheck":{"Test":["CMD","a"],"Timeout":1000000000,"StartPeriod":2000000000,"StartInterval":3000000000}}"#
            ),
            ("HEALTHCHECK CMD a\nHEALTHCHECK NONE", #"{"Healthcheck":{"Test":["NONE"]}}"#),
            ("ENV b=2 a='1 2'\nENV b=3", #"{"Env":["PATH=/bin","b=3","a=1 2"]}"#),
            ("ARG a=1\nRUN x", ""),
        ] as [(String, String)])
    func instructions(_ instructions: String, _ expected: String) async throws {
        let plan = try await plan("FROM alpine\n\(instructions)")
        #expect(plan.config == expected)
    }

    @Test(
        "loses the CMD of what is below when it gets another ENTRYPOINT, but not its own",
        arguments: [
            ("FROM base\nENTRYPOINT [\"e\"]", #"{"Entrypoint":["e"]}"#),
            ("FROM base\nCMD [\"c\"]\nENTRYPOINT [\"e\"]", #"{"Entrypoint":["e"],"Cmd":["c"],"ArgsEscaped":true}"#),
            ("FROM base\nENTRYPOINT [\"e\"]\nCMD [\"c\"]", #"{"Entrypoint":["e"],"Cmd":["c"],"ArgsEscaped":true}"#),
            ("FROM base\nENTRYPOINT []", ""),
            ("FROM base\nCMD [\"c\"]", #"{"Entrypoint":["below"],"Cmd":["c"],"ArgsEscaped":true}"#),
            ("FROM base AS a\nCMD [\"c\"]\nFROM a\nENTRYPOINT [\"e\"]", #"{"Entrypoint":["e"],"ArgsEscaped":true}"#),
            (
                "FROM base AS a\nCMD [\"c\"]\nFROM a\nCMD [\"d\"]\nENTRYPOINT [\"e\"]",
                #"{"Entrypoint":["e"],"Cmd":["d"],"ArgsEscaped":true}"#
            ),
        ] as [(String, String)])
    func commands(_ text: String, _ expected: String) async throws {
        var images = Images()
        images["base"] = #"{"Entrypoint":["below"],"Cmd":["default"]}"#
        #expect(try await plan(text, images: images).config == expected)
    }

    @Test("goes on from that of the stage or image below")
    func inherited() async throws {
        var images = Images()
        images["base"] = """
            {"User":"u","ExposedPorts":{"2/tcp":{}},"Volumes":{"/v":{}},"Labels":{"l":"1","m":"2"},"Shell":["s","-c"],
            "StopSignal":"SIGINT","Healthcheck":{"Test":["CMD","h"]},"StopTimeout":7}
            """
        let text = "FROM base AS a\nLABEL m=3\nFROM a\nEXPOSE 1\nVOLUME /w\nRUN x\nCMD y"
        let plan = try await plan(text, images: images)
        #expect(
            plan.config == #"{"User":"u","ExposedPorts":{"1/tcp":{},"2/tcp":{}},"Cmd":["s","-c","y"],"#
                + #""Volumes":{"/v":{},"/w":{}},"Labels":{"l":"1","m":"3"},"StopSignal":"SIGINT","#
                + #""ArgsEscaped":true,"Healthcheck":{"Test":["CMD","h"]},"Shell":["s","-c"],"StopTimeout":7}"#)
        #expect(plan.runs[0].arguments == ["s", "-c", "x"])
    }

    @Test("keeps nothing of the container and the tool that the base image was made with")
    func stale() async throws {
        var images = Images()
        images["base"] =
            #"{"Hostname":"h","Image":"sha256:0","Tty":false,"Cmd":null,"Labels":{},"WorkingDir":"","Env":["A=b"]}"#
        images.change("base") {
            for name in ["created", "container", "container_config", "docker_version", "id", "rootfs"] {
                $0.configuration[name] = "old"
            }
            $0.configuration["author"] = "me"
        }
        let plan = try await plan("FROM base", images: images)
        #expect(
            JSONValue.object(plan.images[0].configuration.json).text(.compact)
                == #"{"author":"me","architecture":"amd64","os":"linux","config":{"Env":["A=b","#
                + #""PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]}}"#)
    }

    @Test("of an image on scratch has a PATH and a working directory")
    func scratch() async throws {
        let plan = try await plan("FROM scratch\nMAINTAINER me", for: ["linux/arm/v7"])
        #expect(
            JSONValue.object(plan.images[0].configuration.json).text(.compact)
                == #"{"author":"me","architecture":"arm","os":"linux","variant":"v7","config":{"#
                + #""Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],"WorkingDir":"/"}}"#)
    }

    @Test("has the labels of the command line above all others")
    func labels() async throws {
        let plan = try await plan("FROM alpine\nLABEL a=1 b=2") { $0.labels = [("b", "3"), ("A", "4")] }
        #expect(plan.config == #"{"Labels":{"A":"4","a":"1","b":"3"}}"#)
    }
}
