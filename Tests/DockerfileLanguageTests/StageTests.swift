import DockerfileLanguage
import OCI
import Testing

@Suite("The stages of a Dockerfile")
struct StageTests {
    private static let text = """
        FROM a AS First
        FROM first AS second
        FROM b
        FROM c AS first
        FROM second
        """

    @Test("are found by the name that FROM has, of those above")
    func bases() throws {
        let file = try parse(Self.text)
        #expect(file.stages.map(\.name) == ["first", "second", nil, "first", nil])
        #expect(file.stages.map(\.label) == ["first", "second", "stage-2", "first", "stage-4"])
        #expect(file.base("first", of: file.stages[1])?.index == 0)
        #expect(file.base("First", of: file.stages[1]) == nil)
        #expect(file.base("first", of: file.stages[0]) == nil)
        #expect(file.base("first", of: file.stages[4])?.index == 3)
        #expect(file.base("0", of: file.stages[4]) == nil)
    }

    @Test("are found by COPY --from, in any case and by number")
    func sources() throws {
        let file = try parse(Self.text)
        let range = file.stages[4].from.range
        func source(_ name: String, _ stage: Int) throws -> Int? {
            try file.source(CopyFrom(name: name, range: range), for: file.stages[stage])?.index
        }
        #expect(try source("SECOND", 4) == 1)
        #expect(try source("first", 4) == 3)
        #expect(try source("2", 4) == 2)
        #expect(try source("other", 4) == nil)
        #expect(throws: DockerfileError.self) { try source("9", 4) }
        #expect(throws: DockerfileError.self) { try source("4", 4) }
        #expect(throws: DockerfileError.self) { try source("first", 2) }
        let number = CopyFrom(name: "2", range: range)
        #expect(try file.mountSource(number, for: file.stages[4]) == nil)
        #expect(try file.mountSource(CopyFrom(name: "Second", range: range), for: file.stages[4])?.index == 1)
    }

    @Test("are built up to the last one, or the one that is asked for")
    func targets() throws {
        let file = try parse(Self.text)
        #expect(try file.target(nil).index == 4)
        #expect(try file.target("SECOND").index == 1)
        #expect(try file.target("first").index == 3)
        #expect(throws: DockerfileError.self) { try file.target("0") }
        let error = #expect(throws: DockerfileError.self) { try file.target("secnd") }
        #expect(error?.description == "Dockerfile:1:1: there is no stage \"secnd\" to build; did you mean second?")
    }
}

@Suite("The variables of a Dockerfile")
struct ScopeTests {
    private func given(_ values: [String: String] = [:], build: String = "linux/amd64", target: String)
        throws -> BuildArguments
    {
        BuildArguments(
            values, buildPlatform: try Platform(parsing: build), targetPlatform: try Platform(parsing: target))
    }

    private func globals(_ file: Dockerfile, _ given: BuildArguments) throws -> GlobalScope {
        try GlobalScope(of: file, target: file.target(nil), given: given)
    }

    /// The scope behind the last instruction of a stage on an image.
    private func scope(
        _ text: String, stage: Int = 0, image: Environment = ["PATH": "/bin"], _ given: BuildArguments
    ) throws -> StageScope {
        let file = try parse(text)
        var scope = StageScope(image: image, globals: try globals(file, given))
        for instruction in file.stages[stage].instructions { try scope.apply(instruction) }
        return scope
    }

    @Test(
        "have the platforms among them",
        arguments: [
            ("linux/arm/v7", "linux/arm/v7", "arm", "v7"), ("linux/arm", "linux/arm/v7", "arm", "v7"),
            ("linux/arm64/v8", "linux/arm64", "arm64", ""), ("linux/amd64/v2", "linux/amd64/v2", "amd64", "v2"),
            ("linux/s390x", "linux/s390x", "s390x", ""),
            ("windows(10.0.17763)/amd64", "windows(10.0.17763)/amd64", "amd64", ""),
        ])
    func platforms(_ target: String, _ platform: String, _ architecture: String, _ variant: String) throws {
        let file = try parse("FROM x AS last")
        let environment = try globals(file, given(target: target)).environment
        #expect(environment["TARGETPLATFORM"] == platform)
        #expect(environment["TARGETARCH"] == architecture)
        #expect(environment["TARGETVARIANT"] == variant)
        #expect(environment["BUILDPLATFORM"] == "linux/amd64")
        #expect(environment["BUILDOS"] == "linux")
        #expect(environment["TARGETSTAGE"] == "last")
        #expect(environment["TARGETOSVERSION"] == (target.hasPrefix("windows") ? "10.0.17763" : ""))
    }

    @Test("make FROM what it is")
    func from() throws {
        let text =
            "ARG tag=1 img=go:$tag\nFROM --platform=$BUILDPLATFORM ${img}-alpine AS a\nFROM x-$TARGETARCH\nFROM $tga\n"
            + "FROM --platform=$TARGETPLATFROM x\nFROM --platform=nonsense x\nFROM ${img:?which}"
        let file = try parse(text)
        let globals = try globals(file, given(["tag": "2"], target: "linux/arm64/v8"))
        let base = try globals.base(of: file.stages[0].from)
        #expect(base.name == "go:2-alpine")
        #expect(base.platform == Platform(os: "linux", architecture: "amd64"))
        #expect(base.used == ["img", "BUILDPLATFORM"])
        #expect(try globals.base(of: file.stages[1].from).name == "x-arm64")
        #expect(try globals.base(of: file.stages[1].from).platform == nil)
        let expected = [
            2: "4:6: nothing is left of the image $tga; did you mean $tag?",
            3: "5:17: nothing is left of the platform $TARGETPLATFROM; did you mean $TARGETPLATFORM?",
            4: "6:17: \"nonsense\" is not a platform",
        ]
        for (stage, message) in expected {
            let error = #expect(throws: DockerfileError.self) { try globals.base(of: file.stages[stage].from) }
            #expect(error?.description.hasPrefix("Dockerfile:" + message) == true)
        }
    }

    @Test("reach a stage only when it declares them")
    func declaring() throws {
        let text =
            "ARG v=1\nARG w=2\nFROM x\nENV a=$v$w$TARGETARCH\nARG v\nARG TARGETARCH none\nENV b=$v$w$TARGETARCH$none"
        let scope = try scope(text, given(target: "linux/arm64"))
        #expect(scope.environment["a"] == "")
        #expect(scope.environment["b"] == "1arm64")
        #expect(scope.environment["none"] == nil)
        #expect(scope.arguments.map(\.name) == ["v", "TARGETARCH", "none"])
        #expect(scope.argumentList == ["v=1", "TARGETARCH=arm64", "none="])
        #expect(scope.imageEnvironment.list == ["PATH=/bin", "a=", "b=1arm64"])
    }

    @Test(
        "have the value of the command line, of the stage, or of the file, in this order",
        arguments: [
            ("ARG v=g\nFROM x\nARG v", [:], "g"), ("ARG v=g\nFROM x\nARG v=s", [:], "s"),
            ("ARG v=g\nFROM x\nARG v=s", ["v": "c"], "c"), ("FROM x\nARG v", ["v": "c"], "c"),
            ("ARG v\nFROM x\nARG v", [:], nil), ("ARG v\nFROM x\nARG v", ["v": "c"], "c"), ("FROM x\nARG v=", [:], ""),
            ("FROM x\nARG a=1 v=$a", [:], "1"), ("FROM x\nENV v=e\nARG v=a", [:], "a"),
            ("FROM x\nARG v=a\nENV v=e", [:], "e"),
            ("FROM x\nENV v=e\nARG v", [:], "e"), ("FROM x\nARG v=${b:?needed}", ["v": "c"], "c"),
            ("FROM x\nARG TARGETARCH=f\nARG v=$TARGETARCH", [:], "f"),
            ("FROM x\nARG TARGETARCH\nARG v=$TARGETARCH", ["TARGETARCH": "c"], "c"),
            ("ARG TARGETOS=g\nFROM x\nARG TARGETOS\nENV v=$TARGETOS", [:], "g"),
            ("FROM x\nENV a=1\nENV a=2 v=$a", [:], "1"), ("FROM x\nENV v=$PATH", [:], "/bin"),
        ] as [(String, [String: String], String?)])
    func precedence(_ text: String, _ values: [String: String], _ expected: String?) throws {
        #expect(try scope(text, given(values, target: "linux/arm64")).environment["v"] == expected)
    }

    @Test("are inherited by a stage on a stage, those of ENV once more")
    func inheritance() throws {
        let file = try parse("FROM x AS a\nENV v=e\nARG w=1 v=a\nFROM a\nARG w=2")
        var parent = StageScope(image: [:], globals: try globals(file, given(target: "linux/arm64")))
        for instruction in file.stages[0].instructions { try parent.apply(instruction) }
        #expect(parent.environment["v"] == "a")
        var child = StageScope(inheriting: parent)
        #expect(child.environment["v"] == "e")
        #expect(child.environment["w"] == "1")
        for instruction in file.stages[1].instructions { try child.apply(instruction) }
        #expect(child.argumentList == ["w=2", "v=e"])
        #expect(child.imageEnvironment.list == ["PATH=\(StageScope.defaultPath)", "v=e"])
    }

    @Test("include proxies for every step, in upper and lower case")
    func proxies() throws {
        let arguments = try given(
            ["http_proxy": "a", "NO_PROXY": "b", "x": "c", "FTP_PROXY": ""], target: "linux/arm64")
        #expect(arguments.proxyEnvironment.list == ["HTTP_PROXY=a", "http_proxy=a", "NO_PROXY=b", "no_proxy=b"])
        let others = BuildArguments(
            ["http_proxy": "a", "ftp_proxy": ""], proxies: ["HTTP_PROXY": "c", "FTP_PROXY": "d", "ALL_PROXY": "e"],
            buildPlatform: .host, targetPlatform: .host)
        #expect(others.proxyEnvironment.list == ["HTTP_PROXY=a", "http_proxy=a", "ALL_PROXY=e", "all_proxy=e"])
    }

    @Test("that nobody declares are told")
    func unknown() throws {
        let file = try parse("ARG a\nFROM x\nARG b c=1")
        let names = ["a", "b", "c", "d", "TARGETOS", "http_proxy", "BUILDKIT_X", "SOURCE_DATE_EPOCH", "z"]
        let arguments = try given(Dictionary(uniqueKeysWithValues: names.map { ($0, "1") }), target: "linux/arm64")
        #expect(arguments.unknownNames(in: file) == ["d", "z"])
    }

    @Test("of LABEL are replaced and set nothing")
    func labels() throws {
        var scope = try scope("FROM x\nENV v=1", given(target: "linux/arm64"))
        guard case .label(let pairs) = try instruction("LABEL a.$v='$v' \"b c\"=$v").content else { return }
        let labels = try scope.expand(pairs).map { "\($0.name)=\($0.value)" }
        #expect(labels == ["a.1=$v", "b c=1"])
        try scope.apply(try instruction("LABEL v=2"))
        #expect(scope.environment["v"] == "1")
    }
}
