internal import Spelling

extension Platform {
    /// Valid operating systems (Go's `GOOS`, as required by the image-spec).
    package static let knownSystems: Set<String> = [
        "aix", "android", "darwin", "dragonfly", "freebsd", "hurd", "illumos", "ios", "js", "linux", "nacl", "netbsd",
        "openbsd", "plan9", "solaris", "wasi", "wasip1", "windows", "zos",
    ]

    /// Valid architectures (Go's `GOARCH`).
    package static let knownArchitectures: Set<String> = [
        "386", "amd64", "amd64p32", "arm", "arm64", "arm64be", "armbe", "loong64", "mips", "mips64", "mips64le",
        "mips64p32", "mips64p32le", "mipsle", "ppc", "ppc64", "ppc64le", "riscv", "riscv64", "s390", "s390x", "sparc",
        "sparc64", "wasm",
    ]

    /// Parses a platform as containerd does: `os`, `architecture`, `os/architecture` or `os/architecture/variant`, the
    /// operating system optionally with version and features, as in `windows(10.0.17763+win32k)/amd64`.
    ///
    /// Missing parts default to those of this machine.
    ///
    /// - Throws: ``ImageError`` of code `usage`.
    package init(parsing text: String) throws(ImageError) {
        func refuse(_ reason: String, near: String? = nil) -> ImageError {
            ImageError(
                .usage, "cannot read the platform \"\(text)\"", reason,
                advice: near ?? "write it as in linux/arm64 or linux/arm/v7")
        }
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 3 else { throw refuse("it has more than three parts") }
        guard let system = parts.first, parts.allSatisfy({ !$0.isEmpty }) else { throw refuse("a part of it is empty") }
        for part in parts.dropFirst() where !part.utf8.allSatisfy(Self.isNameByte) {
            throw refuse("\"\(part)\" has a character that no platform has")
        }
        let (os, details) = try Self.splitSystem(system) { refuse($0) }
        let knownOS = Self.knownSystems.contains(Self.normalized(os: os))

        if parts.count == 1, !knownOS, details == nil {
            let (architecture, variant) = Self.normalized(architecture: os, variant: "")
            guard Self.knownArchitectures.contains(architecture) else {
                throw refuse(
                    "\"\(os)\" is neither an operating system nor an architecture",
                    near: Self.guess(os, Self.knownSystems.union(Self.knownArchitectures)))
            }
            self.init(os: "linux", architecture: architecture, variant: Self.shortened(architecture, variant))
            return
        }
        guard knownOS else {
            throw refuse("\"\(os)\" is not an operating system", near: Self.guess(os, Self.knownSystems))
        }

        var architecture = Platform.host.architecture
        var variant = Platform.host.variant
        if parts.count > 1 {
            (architecture, variant) = Self.normalized(
                architecture: parts[1], variant: parts.count > 2 ? parts[2] : "")
            guard Self.knownArchitectures.contains(architecture) else {
                throw refuse(
                    "\"\(parts[1])\" is not an architecture", near: Self.guess(parts[1], Self.knownArchitectures))
            }
            if parts.count == 2 { variant = Self.shortened(architecture, variant) }
            if parts.count == 3, architecture == "arm64", variant == nil { variant = "v8" }
        }
        self.init(
            os: Self.normalized(os: os), architecture: architecture, variant: variant,
            osVersion: details?.version, osFeatures: details?.features ?? [])
    }

    /// The variant, or `nil` for the default that is not written: `arm` means `arm/v7`.
    private static func shortened(_ architecture: String, _ variant: String?) -> String? {
        architecture == "arm" && variant == "v7" ? nil : variant
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        let character = Character(UnicodeScalar(byte))
        return character.isASCII && (character.isLetter || character.isNumber || "_-.".contains(character))
    }

    private static func splitSystem(
        _ text: String, _ refuse: (String) -> ImageError
    ) throws(ImageError) -> (String, (version: String?, features: [String])?) {
        guard let open = text.firstIndex(of: "(") else {
            guard text.utf8.allSatisfy(isNameByte) else { throw refuse("\"\(text)\" is not an operating system") }
            return (text, nil)
        }
        guard text.last == ")" else { throw refuse("the parenthesis is not closed") }
        let details = text[text.index(after: open)..<text.index(before: text.endIndex)]
        let parts = details.split(separator: "+", omittingEmptySubsequences: false).map(String.init)
        guard let version = parts.first, parts.dropFirst().allSatisfy({ !$0.isEmpty }),
            parts.allSatisfy({ $0.utf8.allSatisfy(isNameByte) })
        else { throw refuse("\"\(details)\" is not a version with features") }
        return (String(text[..<open]), (version.isEmpty ? nil : version, Array(parts.dropFirst())))
    }

    private static func guess(_ text: String, _ known: Set<String>) -> String? {
        NearestName.advice(text, in: known.sorted())
    }
}
