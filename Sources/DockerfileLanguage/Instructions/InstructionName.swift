/// The instructions of the language.
package enum InstructionName: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
    case add = "ADD"
    case arg = "ARG"
    case cmd = "CMD"
    case copy = "COPY"
    case entrypoint = "ENTRYPOINT"
    case env = "ENV"
    case expose = "EXPOSE"
    case from = "FROM"
    case healthcheck = "HEALTHCHECK"
    case label = "LABEL"
    case maintainer = "MAINTAINER"
    case onbuild = "ONBUILD"
    case run = "RUN"
    case shell = "SHELL"
    case stopsignal = "STOPSIGNAL"
    case user = "USER"
    case volume = "VOLUME"
    case workdir = "WORKDIR"

    package var description: String { rawValue }

    /// A flag of an instruction.
    struct KnownFlag {
        enum Kind { case value, boolean, repeatable }
        let name: String
        var kind = Kind.value
    }

    /// The flags that may precede the arguments.
    var flags: [KnownFlag] {
        switch self {
        case .from: [KnownFlag(name: "platform")]
        case .run:
            [
                KnownFlag(name: "mount", kind: .repeatable), KnownFlag(name: "network"), KnownFlag(name: "security"),
                KnownFlag(name: "device", kind: .repeatable),
            ]
        case .copy: Self.ofFiles + [KnownFlag(name: "from"), KnownFlag(name: "parents", kind: .boolean)]
        case .add:
            Self.ofFiles + [
                KnownFlag(name: "checksum"), KnownFlag(name: "keep-git-dir", kind: .boolean),
                KnownFlag(name: "unpack", kind: .boolean),
            ]
        case .healthcheck:
            ["interval", "timeout", "start-period", "start-interval", "retries"].map { KnownFlag(name: $0) }
        default: []
        }
    }

    private static let ofFiles = [
        KnownFlag(name: "chown"), KnownFlag(name: "chmod"), KnownFlag(name: "link", kind: .boolean),
        KnownFlag(name: "exclude", kind: .repeatable),
    ]
}
