import JSON
import OCI
import Testing

@Suite("A platform that somebody writes")
struct PlatformParseTests {
    private static let host = Platform.host.architecture

    /// What containerd's parser makes of the same texts.
    @Test(
        "is read as containerd reads it",
        arguments: [
            ("linux/arm64", "linux/arm64"), ("linux/arm64/v8", "linux/arm64/v8"), ("linux/arm", "linux/arm"),
            ("linux/arm/v6", "linux/arm/v6"), ("linux/arm/v7", "linux/arm/v7"), ("linux/arm/7", "linux/arm/v7"),
            ("arm", "linux/arm"), ("armel", "linux/arm/v6"), ("armhf", "linux/arm"), ("Aarch64", "linux/arm64"),
            ("x86_64", "linux/amd64"), ("Linux/x86_64", "linux/amd64"), ("i386", "linux/386"),
            ("linux", "linux/\(host)"),
            ("s390x", "linux/s390x"), ("linux/s390x", "linux/s390x"), ("macOS", "darwin/\(host)"),
            ("windows", "windows/\(host)"),
            ("windows()", "windows/\(host)"), ("windows(10.0.17763)", "windows(10.0.17763)/\(host)"),
            ("windows(10.0.17763+win32k)", "windows(10.0.17763+win32k)/\(host)"),
            ("linux(+gpu)", "linux(+gpu)/\(host)"),
            ("linux(+gpu+simd)", "linux(+gpu+simd)/\(host)"),
            ("linux(+unsorted+erofs)", "linux(+erofs+unsorted)/\(host)"),
            ("windows(10.0.17763+win32k)/amd64", "windows(10.0.17763+win32k)/amd64"), ("linux/amd64/v1", "linux/amd64"),
            ("linux/amd64/v3", "linux/amd64/v3"), ("linux/arm64/v9.0", "linux/arm64/v9"),
            ("freebsd/riscv64", "freebsd/riscv64"),
        ])
    func parsing(_ text: String, _ full: String) throws {
        let platform = try Platform(parsing: text)
        #expect(platform.fullDescription == full)
        #expect(try Platform(parsing: full).fullDescription == full)
        #expect(try platform.matches(Platform(parsing: full)))
    }

    @Test(
        "is refused with a reason, and an example or what may have been meant",
        arguments: [
            ("", "a part of it is empty"), ("/linux/arm", "a part of it is empty"),
            ("linux/arm/", "a part of it is empty"),
            ("linux /arm", "is not an operating system"), ("linux/&arm", "has a character that no platform has"),
            ("linux/arm/foo/bar", "more than three parts"),
            ("linus/amd64", "is not an operating system; did you mean linux?"), ("linxu", "did you mean linux?"),
            ("amd46", "did you mean amd64?"),
            ("linux/amd46", "is not an architecture"), ("linux/adm64", "is not an architecture"),
            ("linux/arm46", "is not an architecture"), ("linux/amd6", "did you mean amd64?"),
            ("toaster", "is neither an operating system nor an architecture"),
            ("linux(1/amd64", "the parenthesis is not closed"),
            ("linux(1 2)/amd64", "is not a version with features"),
            ("linux(1+)/amd64", "is not a version with features"),
            ("*", "is not an operating system"),
        ])
    func refusals(_ text: String, _ reason: String) {
        let error = #expect(throws: ImageError.self) { try Platform(parsing: text) }
        #expect(error?.code == .usage)
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
        #expect(error?.advice?.contains(/did you mean|linux\/arm64 or linux\/arm\/v7/) == true)
    }

    @Test("is written in the order of image-spec, with the fields that nobody knows")
    func json() throws {
        let text = """
            {"architecture":"amd64","os":"windows","os.version":"10.0.1","os.features":["win32k"],"variant":"v2","x":[1]}
            """
        let platform = try Platform(json: JSONValue(parsing: text.utf8), at: .root)
        #expect(platform.json.text(.compact) == text)
        #expect(platform.osVersion == "10.0.1")
        #expect(platform.other == [.init("x", [1])])
        #expect(Platform(os: "unknown", architecture: "unknown").isUnknown)
        #expect(Platform(os: "", architecture: "").description == "unknown")
        let error = #expect(throws: JSONShapeError.self) { try Platform(json: ["os": 1], at: .root.member("platform")) }
        #expect(error?.description == "platform.os: it is a JSON number, not a string")
    }
}
