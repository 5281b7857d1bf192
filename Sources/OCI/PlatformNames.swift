/// The names of a platform for compilers, distributions and kernels.
package struct PlatformNames: Sendable, Hashable {
    /// A naming scheme, its shell variable, and the name.
    package struct Field: Sendable, Hashable {
        /// The scheme, such as `goarch` or `debian-arch`.
        package let name: String
        /// The shell variable, such as `GOARCH` or `TARGET_DEBIAN_ARCH`.
        package let variable: String
        /// `nil` if the scheme has no name for the platform.
        package let value: String?
    }

    /// All fields, in a fixed order.
    package let fields: [Field]

    /// The value of a field.
    package subscript(name: String) -> String? { fields.first { $0.name == name }?.value }

    /// The names of all fields, in order.
    package static let fieldNames = PlatformNames(of: .host).fields.map(\.name)

    package init(of platform: Platform) {
        let platform = platform.normalized
        let go = GoNames(platform)
        let machine = MachineNames(platform)
        func field(_ name: String, _ value: String?) -> Field {
            let upper = String(name.map { $0 == "-" ? "_" : $0 }).uppercased()
            return Field(name: name, variable: name.hasPrefix("go") ? upper : "TARGET_\(upper)", value: value)
        }
        fields = [
            field("platform", platform.description), field("goos", go.system), field("goarch", go.architecture),
            field("goarm", go.level(of: "arm")), field("goarm64", go.level(of: "arm64")),
            field("goamd64", go.level(of: "amd64")), field("gomips", go.level(of: "mips")),
            field("gomips64", go.level(of: "mips64")), field("goppc64", go.level(of: "ppc64")),
            field("goriscv64", go.level(of: "riscv64")), field("machine", machine.machine),
            field("uname", machine.uname), field("debian-arch", machine.debian), field("alpine-arch", machine.alpine),
            field("rpm-arch", machine.rpm), field("gnu-triple", machine.triple), field("musl-triple", machine.musl),
            field("rust-target", machine.rust), field("rust-musl-target", machine.rustMusl),
        ]
    }
}

/// The values of Go's environment variables.
private struct GoNames {
    let system: String
    let architecture: String
    private let variant: String?

    init(_ platform: Platform) {
        // Go calls WASI "wasip1"; "js" is the browser.
        system = platform.os == "wasi" ? "wasip1" : platform.os
        architecture = platform.architecture
        variant = platform.variant
    }

    /// The instruction set level, if the platform has one, for the variable of an architecture family.
    func level(of family: String) -> String? {
        let members = ["mips": ["mips", "mipsle"], "mips64": ["mips64", "mips64le"], "ppc64": ["ppc64", "ppc64le"]]
        guard (members[family] ?? [family]).contains(architecture), let variant else { return nil }
        switch family {
        case "arm": return ["v5": "5", "v6": "6", "v7": "7", "v8": "7"][variant]
        case "arm64": return variant.contains(".") ? variant : "\(variant).0"
        default: return variant
        }
    }
}

/// All other names, from the distributions' port lists and rustc's target list.
private struct MachineNames {
    var machine: String?
    /// The output of `uname -m`.
    var uname: String?
    var debian: String?
    var alpine: String?
    var rpm: String?
    /// The target triple for C compilers.
    var triple: String?
    var musl: String?
    var rust: String?
    var rustMusl: String?

    init(_ platform: Platform) {
        switch platform.os {
        case "linux": self = Self.linux(platform.architecture, platform.variant)
        case "darwin": setDarwin(platform.architecture)
        case "windows": setWindows(platform.architecture)
        case "freebsd": setFreeBSD(platform.architecture)
        case "wasi", "wasip1": rust = "wasm32-wasip1"
        case "js": rust = "wasm32-unknown-unknown"
        default: break
        }
    }

    private init() {}

    private static func linux(_ architecture: String, _ variant: String?) -> MachineNames {
        switch architecture {
        case "amd64": return plain("x86_64", debian: "amd64")
        case "arm64": return plain("aarch64", debian: "arm64")
        case "riscv64": return plain("riscv64", rust: "riscv64gc")
        case "s390x": return plain("s390x")
        case "loong64": return plain("loongarch64", debian: "loong64")
        case "ppc64le": return plain("ppc64le", debian: "ppc64el", triple: "powerpc64le")
        case "386": return x86
        case "arm": return arm(variant ?? "v7")
        case "mips": return mips("mips", uname: "mips", abi: "")
        case "mipsle": return mips("mipsel", uname: "mips", abi: "")
        case "mips64": return mips("mips64", uname: "mips64", abi: "abi64")
        case "mips64le": return mips("mips64el", uname: "mips64", abi: "abi64")
        default: return MachineNames()
        }
    }

    /// An architecture with the same name in most schemes.
    private static func plain(
        _ name: String, debian: String? = nil, triple: String? = nil, rust: String? = nil
    ) -> MachineNames {
        var names = MachineNames()
        (names.machine, names.uname, names.debian) = (name, name, debian ?? name)
        (names.alpine, names.rpm) = (name, name)
        let cpu = triple ?? name
        (names.triple, names.musl) = ("\(cpu)-linux-gnu", "\(cpu)-alpine-linux-musl")
        names.rust = "\(rust ?? cpu)-unknown-linux-gnu"
        names.rustMusl = "\(rust ?? cpu)-unknown-linux-musl"
        return names
    }

    private static var x86: MachineNames {
        var names = MachineNames()
        (names.machine, names.uname, names.debian, names.alpine, names.rpm) = ("i386", "i686", "i386", "x86", "i386")
        (names.triple, names.musl) = ("i686-linux-gnu", "i586-alpine-linux-musl")
        (names.rust, names.rustMusl) = ("i686-unknown-linux-gnu", "i686-unknown-linux-musl")
        return names
    }

    /// Debian's hard-float port requires v7, Alpine's v6, so the C ABI of v6 depends on the distribution.
    private static func arm(_ variant: String) -> MachineNames {
        var names = MachineNames()
        switch variant {
        case "v5":
            (names.machine, names.uname, names.debian) = ("armv5l", "armv5tel", "armel")
            (names.alpine, names.rpm) = ("armel", "armv5tel")
            (names.triple, names.musl) = ("arm-linux-gnueabi", "armv5-alpine-linux-musleabi")
            (names.rust, names.rustMusl) = ("armv5te-unknown-linux-gnueabi", "armv5te-unknown-linux-musleabi")
        case "v6":
            (names.machine, names.uname, names.debian) = ("armv6l", "armv6l", "armel")
            (names.alpine, names.rpm) = ("armhf", "armv6hl")
            (names.triple, names.musl) = ("arm-linux-gnueabi", "armv6-alpine-linux-musleabihf")
            (names.rust, names.rustMusl) = ("arm-unknown-linux-gnueabi", "arm-unknown-linux-musleabihf")
        case "v7", "v8":
            let machine = variant == "v7" ? "armv7l" : "armv8l"
            (names.machine, names.uname, names.debian) = (machine, machine, "armhf")
            (names.alpine, names.rpm) = ("armv7", "armv7hl")
            (names.triple, names.musl) = ("arm-linux-gnueabihf", "armv7-alpine-linux-musleabihf")
            (names.rust, names.rustMusl) = ("armv7-unknown-linux-gnueabihf", "armv7-unknown-linux-musleabihf")
        default: break
        }
        return names
    }

    private static func mips(_ name: String, uname: String, abi: String) -> MachineNames {
        var names = MachineNames()
        (names.machine, names.uname, names.debian, names.alpine, names.rpm) = (name, uname, name, name, name)
        (names.triple, names.rust) = ("\(name)-linux-gnu\(abi)", "\(name)-unknown-linux-gnu\(abi)")
        // Rust names the ABI for musl, too; musl's own triples do not.
        (names.musl, names.rustMusl) = ("\(name)-alpine-linux-musl", "\(name)-unknown-linux-musl\(abi)")
        return names
    }

    private mutating func setDarwin(_ architecture: String) {
        switch architecture {
        case "amd64": (machine, uname, triple) = ("x86_64", "x86_64", "x86_64-apple-macos10.6")
        case "arm64": (machine, uname, triple) = ("arm64", "arm64", "arm64-apple-macos11.0")
        default: return
        }
        rust = architecture == "amd64" ? "x86_64-apple-darwin" : "aarch64-apple-darwin"
    }

    private mutating func setWindows(_ architecture: String) {
        // The machine is the value of PROCESSOR_ARCHITECTURE.
        switch architecture {
        case "amd64": (machine, triple, rust) = ("AMD64", "x86_64-w64-mingw32", "x86_64-pc-windows-gnu")
        case "386": (machine, triple, rust) = ("x86", "i686-w64-mingw32", "i686-pc-windows-gnu")
        case "arm64": (machine, triple, rust) = ("ARM64", "aarch64-w64-mingw32", "aarch64-pc-windows-gnullvm")
        case "arm": (machine, triple) = ("ARM", "armv7-w64-mingw32")
        default: break
        }
    }

    private mutating func setFreeBSD(_ architecture: String) {
        switch architecture {
        case "amd64": (machine, uname, rust) = ("amd64", "amd64", "x86_64-unknown-freebsd")
        case "386": (machine, uname, rust) = ("i386", "i386", "i686-unknown-freebsd")
        case "arm64": (machine, uname, rust) = ("arm64", "arm64", "aarch64-unknown-freebsd")
        default: return
        }
        triple = rust
    }
}
