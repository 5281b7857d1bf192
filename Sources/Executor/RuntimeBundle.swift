internal import Glibc
internal import JSON

/// The `config.json` of a step (runtime-spec, config.md and config-linux.md).
struct RuntimeBundle {
    let spec: SandboxSpec
    let user: ContainerUser
    let root: String
    let mounts: [JSONValue]
    /// The capabilities of this process, a bit for each number; it cannot give others.
    let ownCapabilities: UInt64
    /// The names in `/proc` that belong to the kernel, not to processes.
    let kernelFiles: [String]

    var json: JSONValue {
        [
            "ociVersion": "1.0.2",
            "process": process,
            "root": ["path": .string(root), "readonly": false],
            "hostname": .string(spec.hostname),
            "mounts": .array(mounts),
            "linux": .object(linux),
        ]
    }

    private var process: JSONValue {
        let capabilities = JSONValue.array(capabilities.map { .string("CAP_\($0)") })
        return [
            "terminal": false,
            "user": [
                "uid": .integer(Int64(user.id)), "gid": .integer(Int64(user.group)),
                "additionalGids": .array(user.groups.map { .integer(Int64($0)) }), "umask": 0o022,
            ],
            "args": .array(spec.arguments.map { .string($0) }),
            "env": .array(environment.map { .string($0) }),
            "cwd": .string(spec.workingFolder),
            "capabilities": ["bounding": capabilities, "effective": capabilities, "permitted": capabilities],
            "noNewPrivileges": false, "rlimits": .array(resourceLimits),
        ]
    }

    /// Nobody but root may raise them again, or raise what this process has.
    private var resourceLimits: [JSONValue] {
        let wanted = [
            ("RLIMIT_NPROC", __RLIMIT_NPROC, spec.processLimit), ("RLIMIT_DATA", RLIMIT_DATA, spec.dataLimit),
        ]
        return wanted.compactMap { name, resource, wanted in
            var own = rlimit()
            guard let wanted, getrlimit(__rlimit_resource_t(resource.rawValue), &own) == 0 else { return nil }
            let limit = JSONValue.integer(Int64(clamping: min(own.rlim_max, rlim_t(wanted))))
            return ["type": .string(name), "soft": limit, "hard": limit]
        }
    }

    private var environment: [String] {
        func has(_ name: String) -> Bool { spec.environment.contains { $0.hasPrefix("\(name)=") } }
        let path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        let home = "HOME=" + (user.home ?? (user.id == 0 ? "/root" : "/"))
        return (has("PATH") ? [] : [path]) + spec.environment + (has("HOME") ? [] : [home])
    }

    private var linux: JSONObject {
        let namespaces = ["pid", "ipc", "uts", "mount", "cgroup"] + (spec.network == .none ? ["network"] : [])
        var linux = JSONObject([.init("namespaces", .array(namespaces.map { ["type": .string($0)] }))])
        guard spec.security == .sandbox else { return linux }
        linux["seccomp"] = SeccompProfile.json
        linux["maskedPaths"] = .array(Self.maskedPaths.map { .string($0) })
        // Changes to the modes and owners of the kernel's files would be visible everywhere.
        let readOnly = kernelFiles.map { "/proc/\($0)" }.filter { !Self.maskedPaths.contains($0) }
        linux["readonlyPaths"] = .array(readOnly.map { .string($0) })
        return linux
    }

    private var capabilities: [String] {
        let own = Self.allCapabilities.enumerated().filter { ownCapabilities >> UInt64($0.offset) & 1 == 1 }.map(
            \.element)
        if spec.security == .insecure { return own }
        // A step must not read the traffic on a network that it shares with this machine.
        return own.filter { Self.defaultCapabilities.contains($0) && ($0 != "NET_RAW" || spec.network != .default) }
    }

    private static let maskedPaths = [
        "/proc/acpi", "/proc/asound", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
        "/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats",
        "/sys/devices/virtual/powercap", "/sys/firmware",
    ]
    /// Docker's defaults.
    private static let defaultCapabilities: Set = [
        "CHOWN", "DAC_OVERRIDE", "FSETID", "FOWNER", "MKNOD", "NET_RAW", "SETGID", "SETUID", "SETFCAP", "SETPCAP",
        "NET_BIND_SERVICE", "SYS_CHROOT", "KILL", "AUDIT_WRITE",
    ]
    /// In numerical order (capability.h).
    private static let allCapabilities = [
        "CHOWN", "DAC_OVERRIDE", "DAC_READ_SEARCH", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "SETPCAP",
        "LINUX_IMMUTABLE", "NET_BIND_SERVICE", "NET_BROADCAST", "NET_ADMIN", "NET_RAW", "IPC_LOCK", "IPC_OWNER",
        "SYS_MODULE", "SYS_RAWIO", "SYS_CHROOT", "SYS_PTRACE", "SYS_PACCT", "SYS_ADMIN", "SYS_BOOT", "SYS_NICE",
        "SYS_RESOURCE", "SYS_TIME", "SYS_TTY_CONFIG", "MKNOD", "LEASE", "AUDIT_WRITE", "AUDIT_CONTROL", "SETFCAP",
        "MAC_OVERRIDE", "MAC_ADMIN", "SYSLOG", "WAKE_ALARM", "BLOCK_SUSPEND", "AUDIT_READ", "PERFMON", "BPF",
        "CHECKPOINT_RESTORE",
    ]
}
