import OCI
import Testing

@Suite("Platforms and the images that run on them")
struct PlatformMatchTests {
    @Test(
        "are normalised as containerd does",
        arguments: [
            ("linux", "i386", "", "linux/386"), ("Linux", "x86_64", "", "linux/amd64"),
            ("linux", "x86-64", "v1", "linux/amd64"),
            ("linux", "amd64", "v1", "linux/amd64"), ("linux", "amd64", "v2", "linux/amd64/v2"),
            ("linux", "aarch64", "", "linux/arm64"),
            ("linux", "arm64", "8", "linux/arm64"), ("linux", "arm64", "v8", "linux/arm64"),
            ("linux", "arm64", "v8.0", "linux/arm64"),
            ("linux", "arm64", "v8.1", "linux/arm64/v8.1"), ("linux", "arm64", "9", "linux/arm64/v9"),
            ("linux", "arm64", "v9.0", "linux/arm64/v9"), ("linux", "armhf", "", "linux/arm/v7"),
            ("linux", "armel", "", "linux/arm/v6"),
            ("linux", "arm", "", "linux/arm/v7"), ("linux", "arm", "5", "linux/arm/v5"),
            ("linux", "ARM", "6", "linux/arm/v6"),
            ("linux", "arm", "7", "linux/arm/v7"), ("linux", "arm", "8", "linux/arm/v8"),
            ("macos", "arm64", "", "darwin/arm64"),
            ("linux", "s390x", "", "linux/s390x"),
        ])
    func normalising(_ os: String, _ architecture: String, _ variant: String, _ normal: String) {
        let platform = Platform(os: os, architecture: architecture, variant: variant)
        #expect(platform.normalized.description == normal)
        #expect(platform.normalized.normalized == platform.normalized)
        #expect(platform.isSame(as: platform.normalized))
    }

    /// What containerd's `platforms.Only` accepts on a machine, and what it does not.
    @Test(
        "run what containerd says that they run",
        arguments: [
            (
                "linux/amd64", "linux/amd64 linux/386",
                "linux/amd64/v2 linux/arm/v7 linux/arm64 windows/amd64 windows/arm"
            ),
            (
                "linux/amd64/v2", "linux/amd64 linux/amd64/v1 linux/amd64/v2 linux/386",
                "linux/amd64/v3 linux/amd64/v4 linux/arm64"
            ),
            ("linux/386", "linux/386", "linux/amd64 linux/arm/v7 windows/amd64"),
            ("windows/amd64", "windows/amd64 windows(10.0.17763)/amd64", "linux/amd64 linux/arm/v7 windows/arm"),
            (
                "linux/arm/v8", "linux/arm linux/arm/v5 linux/arm/v6 linux/arm/v7 linux/arm/v8",
                "linux/amd64 linux/arm/v4 linux/arm64"
            ),
            (
                "linux/arm/v7", "linux/arm linux/arm/v5 linux/arm/v6 linux/arm/v7",
                "linux/arm/v4 linux/arm/v8 linux/arm64 windows/arm"
            ),
            ("linux/arm/v6", "linux/arm/v5 linux/arm/v6", "linux/arm linux/arm/v4 linux/arm/v7 linux/arm/v8"),
            ("linux/arm/v5", "linux/arm/v5", "linux/arm linux/arm/v4 linux/arm/v6"),
            ("linux/arm/v4", "linux/arm/v4", "linux/arm linux/arm/v5"),
            (
                "linux/arm64/v9",
                "linux/arm linux/arm/v5 linux/arm/v8 linux/arm64 linux/arm64/v8 linux/arm64/v8.1 linux/arm64/v8.5 linux/arm64/v9 linux/arm64/v9.0",
                "linux/amd64 linux/arm/v4 linux/arm64/v8.6 windows/arm"
            ),
            (
                "linux/arm64/v9.2", "linux/arm64/v9.1 linux/arm64/v9 linux/arm64/v8.7 linux/arm64 linux/arm/v7",
                "linux/arm64/v9.3 linux/arm64/v8.8"
            ),
            (
                "linux/arm64/v8.1", "linux/arm linux/arm/v8 linux/arm64 linux/arm64/v8 linux/arm64/v8.1",
                "linux/arm/v4 linux/arm/v9 linux/arm64/v9"
            ),
            (
                "linux/arm64", "linux/arm linux/arm/v5 linux/arm/v6 linux/arm/v8 linux/arm64 linux/arm64/v8",
                "linux/arm/v4 linux/arm64/v9 windows/arm"
            ),
            ("linux/s390x", "linux/s390x", "linux/amd64"),
        ])
    func fallbacks(_ machine: String, _ running: String, _ failing: String) throws {
        let machine = try Platform(parsing: machine)
        for name in running.split(separator: " ") {
            #expect(machine.best(of: [try Platform(parsing: String(name))]) == 0, "\(name)")
        }
        for name in failing.split(separator: " ") {
            #expect(machine.best(of: [try Platform(parsing: String(name))]) == nil, "\(name)")
        }
    }

    @Test(
        "match exactly but for versions of Windows and features that are not asked for",
        arguments: [
            ("linux/arm64", "linux/arm64/v8", true), ("linux/arm64/v8", "linux/arm64", true),
            ("linux/arm", "linux/arm/v7", true),
            ("linux/arm/v6", "linux/arm/v7", false), ("linux/amd64", "linux/386", false),
            ("linux/amd64", "linux(+gpu)/amd64", true),
            ("linux(+gpu)/amd64", "linux/amd64", false), ("linux(+gpu)/amd64", "linux(+simd+gpu)/amd64", true),
            ("windows(10.0.17763)/amd64", "windows(10.0.17763.1234)/amd64", true),
            ("windows(10.0.17763.1)/amd64", "windows(10.0.17763)/amd64", true),
            ("windows(10.0.17763)/amd64", "windows/amd64", true),
            ("windows(10.0.17763)/amd64", "windows(10.0.20348)/amd64", false),
            ("windows(10.0.1)/amd64", "windows(10.0.17763)/amd64", false),
        ])
    func matching(_ wanted: String, _ candidate: String, _ matches: Bool) throws {
        #expect(try Platform(parsing: wanted).matches(Platform(parsing: candidate)) == matches)
    }

    @Test(
        "get the best of what there is, and the first of equals",
        arguments: [
            ("linux/arm64", ["linux/arm/v7", "linux/amd64", "linux/arm64/v8"], 2),
            ("linux/arm64", ["linux/arm/v6", "linux/arm/v7"], 1),
            ("linux/amd64", ["linux/386", "linux/amd64", "linux/amd64"], 1),
            ("linux/amd64/v3", ["linux/amd64", "linux/amd64/v2"], 1),
            ("linux/arm/v7", ["", "linux/arm/v5", "linux/arm/v6"], 2), ("linux/s390x", ["", "linux/amd64"], nil),
            ("linux/amd64", [], nil),
        ] as [(String, [String], Int?)])
    func best(_ machine: String, _ candidates: [String], _ index: Int?) throws {
        let candidates = try candidates.map { $0.isEmpty ? nil : try Platform(parsing: $0) }
        #expect(try Platform(parsing: machine).best(of: candidates) == index)
    }

    @Test("may have versions that nobody has heard of", arguments: ["arm", "arm64", "amd64"])
    func hugeVersions(_ architecture: String) {
        for variant in [
            "v9223372036854775807", "v9.9223372036854775807", "v99999999999999999999", "v", "", "v8.x", "vv", "v-5",
        ] {
            let platform = Platform(os: "linux", architecture: architecture, variant: variant)
            #expect(platform.acceptable.count < 100)
            #expect(platform.best(of: [platform]) == 0)
        }
    }

    @Test("are the same whatever the order of their features")
    func sameness() {
        let one = Platform(os: "linux", architecture: "arm64", variant: "v8", osFeatures: ["a", "b"])
        let other = Platform(os: "Linux", architecture: "aarch64", osVersion: "", osFeatures: ["b", "a", "a"])
        #expect(one.isSame(as: other))
        #expect(!one.isSame(as: Platform(os: "linux", architecture: "arm64")))
    }
}
