import OCI
import Testing

@Suite("What others call a platform")
struct PlatformNamesTests {
    /// Platform, machine, Debian, Alpine, RPM, GNU triple, musl triple, Rust target.
    private static let rows = [
        "amd64 x86_64 amd64 x86_64 x86_64 x86_64-linux-gnu x86_64-alpine-linux-musl x86_64-unknown-linux-gnu",
        "386 i386 i386 x86 i386 i686-linux-gnu i586-alpine-linux-musl i686-unknown-linux-gnu",
        "arm64 aarch64 arm64 aarch64 aarch64 aarch64-linux-gnu aarch64-alpine-linux-musl aarch64-unknown-linux-gnu",
        "arm armv7l armhf armv7 armv7hl arm-linux-gnueabihf armv7-alpine-linux-musleabihf armv7-unknown-linux-gnueabihf",
        "arm/v6 armv6l armel armhf armv6hl arm-linux-gnueabi armv6-alpine-linux-musleabihf arm-unknown-linux-gnueabi",
        "arm/v5 armv5l armel armel armv5tel arm-linux-gnueabi armv5-alpine-linux-musleabi armv5te-unknown-linux-gnueabi",
        "riscv64 riscv64 riscv64 riscv64 riscv64 riscv64-linux-gnu riscv64-alpine-linux-musl riscv64gc-unknown-linux-gnu",
        "ppc64le ppc64le ppc64el ppc64le ppc64le powerpc64le-linux-gnu powerpc64le-alpine-linux-musl "
            + "powerpc64le-unknown-linux-gnu",
        "s390x s390x s390x s390x s390x s390x-linux-gnu s390x-alpine-linux-musl s390x-unknown-linux-gnu",
        "loong64 loongarch64 loong64 loongarch64 loongarch64 loongarch64-linux-gnu loongarch64-alpine-linux-musl "
            + "loongarch64-unknown-linux-gnu",
        "mipsle mipsel mipsel mipsel mipsel mipsel-linux-gnu mipsel-alpine-linux-musl "
            + "mipsel-unknown-linux-gnu",
        "mips64le mips64el mips64el mips64el mips64el mips64el-linux-gnuabi64 mips64el-alpine-linux-musl "
            + "mips64el-unknown-linux-gnuabi64",
    ]

    @Test("is known on Linux", arguments: rows)
    func linux(row: String) throws {
        let words = row.split(separator: " ").map(String.init)
        let names = PlatformNames(of: try Platform(parsing: "linux/\(words[0])"))
        let fields = ["machine", "debian-arch", "alpine-arch", "rpm-arch", "gnu-triple", "musl-triple", "rust-target"]
        #expect(fields.map { names[$0] ?? "-" } == Array(words.dropFirst()))
        #expect(names["goos"] == "linux")
    }

    @Test(
        "is known to Go",
        arguments: [
            ("linux/arm", "goarm", "7"), ("linux/arm/v6", "goarm", "6"), ("linux/amd64/v3", "goamd64", "v3"),
            ("linux/amd64", "goamd64", nil), ("linux/arm64", "goarm", nil), ("linux/arm64/v9", "goarm64", "v9.0"),
            ("linux/mips64le/softfloat", "gomips64", "softfloat"), ("linux/mips/softfloat", "gomips", "softfloat"),
            ("linux/mips/softfloat", "gomips64", nil), ("wasi/wasm", "goos", "wasip1"),
            ("macos/arm64", "goos", "darwin"),
        ] as [(String, String, String?)])
    func go(platform: String, field: String, value: String?) throws {
        #expect(PlatformNames(of: try Platform(parsing: platform))[field] == value)
    }

    @Test(
        "is known elsewhere",
        arguments: [
            ("darwin/arm64", "gnu-triple", "arm64-apple-macos11.0"),
            ("darwin/arm64", "rust-target", "aarch64-apple-darwin"),
            ("windows/arm64", "gnu-triple", "aarch64-w64-mingw32"), ("windows/amd64", "debian-arch", nil),
            ("windows/386", "rust-target", "i686-pc-windows-gnu"), ("linux/386", "uname", "i686"),
            ("linux/mips64le", "uname", "mips64"), ("plan9/amd64", "machine", nil),
            ("linux/mips", "rust-musl-target", "mips-unknown-linux-musl"), ("mipsel", "goarch", "mipsle"),
            ("linux/mips64el", "rust-musl-target", "mips64el-unknown-linux-muslabi64"),
            ("windows/amd64", "machine", "AMD64"), ("windows/386", "machine", "x86"),
            ("windows/arm64", "machine", "ARM64"),
        ] as [(String, String, String?)])
    func elsewhere(platform: String, field: String, value: String?) throws {
        #expect(PlatformNames(of: try Platform(parsing: platform))[field] == value)
    }

    @Test func `has a variable of its own for each field`() {
        let fields = PlatformNames(of: .host).fields
        #expect(Set(fields.map(\.variable)).count == fields.count)
        #expect(fields.map(\.name) == PlatformNames.fieldNames)
    }
}

@Suite("The platform of an ELF file")
struct PlatformELFTests {
    private static func header(_ machine: UInt8, _ high: UInt8 = 0, is64: Bool = true, isLittle: Bool = true) -> [UInt8]
    {
        var header: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, is64 ? 2 : 1, isLittle ? 1 : 2]
        header += [UInt8](repeating: 0, count: 12)
        return header + (isLittle ? [machine, high] : [high, machine])
    }

    @Test(
        "is told by its header",
        arguments: [
            (header(62), "amd64"), (header(3, is64: false), "386"), (header(183), "arm64"),
            (header(40, is64: false), "arm"), (header(243), "riscv64"), (header(22, isLittle: false), "s390x"),
            (header(21), "ppc64le"), (header(8), "mips64le"), (header(2, 1), "loong64"), (header(99), nil),
            (Array(header(62).dropLast()), nil), (Array("#!/bin/sh and some more".utf8), nil),
        ] as [([UInt8], String?)])
    func machines(header: [UInt8], architecture: String?) {
        #expect(Platform(elfHeader: header)?.architecture == architecture)
    }
}
