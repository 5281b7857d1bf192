extension Platform {
    /// The platform in containerd's canonical spelling: `aarch64` is `arm64`, `arm` is `arm/v7`, `amd64/v1` is `amd64`.
    package var normalized: Platform {
        var platform = self
        platform.os = Self.normalized(os: os)
        (platform.architecture, platform.variant) = Self.normalized(architecture: architecture, variant: variant ?? "")
        platform.osVersion = osVersion.flatMap { $0.isEmpty ? nil : $0 }
        return platform
    }

    /// Returns true if both are the same platform: operating system with version and features, architecture and
    /// variant.
    package func isSame(as other: Platform) -> Bool { identity == other.identity }

    /// A form that is equal for all spellings of a platform: ``normalized``, with sorted features and without unknown
    /// fields.
    package var identity: Platform {
        var identity = normalized
        identity.osFeatures = Set(identity.osFeatures).sorted()
        identity.other = []
        return identity
    }

    static func normalized(os: String) -> String {
        let lower = os.lowercased()
        return lower == "macos" ? "darwin" : lower
    }

    static func normalized(architecture: String, variant: String) -> (String, String?) {
        let architecture = architecture.lowercased()
        let variant = variant.lowercased()
        let result: (String, String) =
            switch (architecture, variant) {
            case ("i386", _): ("386", "")
            case ("x86_64", "v1"), ("x86-64", "v1"), ("amd64", "v1"): ("amd64", "")
            case ("x86_64", _), ("x86-64", _), ("amd64", _): ("amd64", variant)
            case ("aarch64", _), ("arm64", _): ("arm64", normalized(arm64Variant: variant))
            case ("mipsel", _): ("mipsle", variant)
            case ("mips64el", _): ("mips64le", variant)
            case ("armhf", _): ("arm", "v7")
            case ("armel", _): ("arm", "v6")
            case ("arm", ""), ("arm", "7"): ("arm", "v7")
            case ("arm", "5"), ("arm", "6"), ("arm", "8"): ("arm", "v\(variant)")
            default: (architecture, variant)
            }
        return (result.0, result.1.isEmpty ? nil : result.1)
    }

    private static func normalized(arm64Variant variant: String) -> String {
        switch variant {
        case "8", "v8", "v8.0": ""
        case "9", "9.0", "v9.0": "v9"
        default: variant
        }
    }
}
