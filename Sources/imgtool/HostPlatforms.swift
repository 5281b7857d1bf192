internal import FileSystem
internal import OCI

/// The platforms that this machine can run.
enum HostPlatforms {
    struct Entry: Sendable {
        let platform: Platform
        /// The emulator; `nil` for the processor itself.
        let emulator: String?
    }

    /// The platforms that the processor runs, the best first, then those that emulators run.
    static func all() -> [Entry] {
        let native = levels() + Platform.host.acceptable
        let emulated = emulators().filter { entry in !native.contains { $0.isSame(as: entry.platform) } }
        return native.map { Entry(platform: $0, emulator: nil) } + emulated
    }

    /// The levels of amd64 that this processor supports beyond the first, the highest first.
    private static func levels() -> [Platform] {
        guard Platform.host.architecture == "amd64", let text = text(of: "/proc/cpuinfo"),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("flags") })
        else { return [] }
        let flags = Set(line.split(separator: " "))
        let needs: [(String, [Substring])] = [
            ("v2", ["cx16", "lahf_lm", "popcnt", "sse4_1", "sse4_2", "ssse3"]),
            ("v3", ["abm", "avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "movbe"]),
            ("v4", ["avx512bw", "avx512cd", "avx512dq", "avx512f", "avx512vl"]),
        ]
        let has = needs.prefix { flags.isSuperset(of: $0.1) }
        return has.reversed().map { Platform(os: "linux", architecture: "amd64", variant: $0.0) }
    }

    /// The emulators registered with the kernel (Linux, Documentation/admin-guide/binfmt-misc.rst), sorted by name.
    private static func emulators() -> [Entry] {
        let folder = "/proc/sys/fs/binfmt_misc"
        let names = (try? Folder.list(folder)) ?? []
        return names.compactMap { name in text(of: "\(folder)/\(name)").flatMap(entry) }
    }

    private static func entry(_ text: String) -> Entry? {
        var fields: [Substring: Substring] = [:]
        for line in text.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1)
            if let name = words.first { fields[name] = words.count > 1 ? words[1] : "" }
        }
        guard fields["enabled"] != nil, let interpreter = fields["interpreter"], let magic = fields["magic"],
            fields["offset"] ?? "0" == "0", let platform = Platform(elfHeader: bytes(magic))
        else { return nil }
        return Entry(platform: platform, emulator: String(interpreter))
    }

    private static func bytes(_ hex: Substring) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = hex
        while let byte = UInt8(rest.prefix(2), radix: 16) {
            bytes.append(byte)
            rest = rest.dropFirst(2)
        }
        return bytes
    }

    private static func text(of path: String) -> String? {
        (try? File.read(path, limit: 1 << 20)).map { String(decoding: $0, as: UTF8.self) }
    }
}
