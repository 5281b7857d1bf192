internal import JSON
internal import OCI

/// Docker's default system call filter for the default capabilities (runtime-spec, config-linux.md, "Seccomp").
///
/// Other calls fail with `EPERM`.
enum SeccompProfile {
    static var json: JSONValue {
        let architecture = Platform.host.architecture
        let rules = [allow(names + (namesOf[architecture] ?? []))] + conditional(architecture)
        var profile = JSONObject([.init("defaultAction", "SCMP_ACT_ERRNO"), .init("defaultErrnoRet", 1)])
        profile["architectures"] = .array((architectures[architecture] ?? []).map { .string("SCMP_ARCH_\($0)") })
        profile["syscalls"] = .array(rules)
        return .object(profile)
    }

    /// Includes the machine's older architectures. X32, which is in Docker's profile, is hardly ever used, and each
    /// architecture costs the runtime some milliseconds.
    private static let architectures = [
        "amd64": ["X86_64", "X86"], "arm64": ["AARCH64", "ARM"], "arm": ["ARM"], "riscv64": ["RISCV64"],
        "s390x": ["S390X", "S390"], "ppc64le": ["PPC64LE"], "loong64": ["LOONGARCH64"],
    ]

    private static let namesOf = [
        "amd64": ["arch_prctl", "modify_ldt"],
        "arm64": armNames, "arm": armNames,
        "riscv64": ["riscv_flush_icache"],
        "s390x": ["s390_pci_mmio_read", "s390_pci_mmio_write", "s390_runtime_instr"],
        "ppc64le": ["sync_file_range2", "swapcontext"],
    ]
    private static let armNames = [
        "arm_fadvise64_64", "arm_sync_file_range", "sync_file_range2", "breakpoint", "cacheflush", "set_tls",
    ]

    /// Calls that are allowed with certain arguments only.
    private static func conditional(_ architecture: String) -> [JSONValue] {
        let vsock: Int64 = 40
        let personalities: [Int64] = [0, 0x8, 0x20000, 0x20008, 0xFFFF_FFFF]
        // The flags for new namespaces.
        let namespaces: Int64 = 0x7E02_0000
        let noSuchCall: Int64 = 38
        return [allow(["socket"], argument: 0, "SCMP_CMP_NE", vsock)]
            + personalities.map { allow(["personality"], argument: 0, "SCMP_CMP_EQ", $0) }
            + [
                allow(["clone"], argument: architecture == "s390x" ? 1 : 0, "SCMP_CMP_MASKED_EQ", namespaces),
                // Its flags are in memory, invisible to a filter; with ENOSYS, libraries fall back to clone.
                [
                    "names": ["clone3"], "action": "SCMP_ACT_ERRNO", "errnoRet": .integer(noSuchCall),
                ],
            ]
    }

    private static func allow(_ names: [String]) -> JSONValue {
        ["names": .array(names.map { .string($0) }), "action": "SCMP_ACT_ALLOW"]
    }

    /// - Parameter value: The value to compare the argument with or, for a masked comparison, the bits that must be 0.
    private static func allow(
        _ names: [String], argument: Int64, _ comparison: String, _ value: Int64
    ) -> JSONValue {
        [
            "names": .array(names.map { .string($0) }), "action": "SCMP_ACT_ALLOW",
            "args": [["index": .integer(argument), "value": .integer(value), "op": .string(comparison)]],
        ]
    }
}
