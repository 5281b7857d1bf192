package import JSON
internal import OCI

/// The first line that imgtool says to imgtool on another machine: its version, and the platforms that it runs.
package struct MachineGreeting: Sendable {
    let version: String
    let status: NodeStatus

    /// - Parameter status: The state of this machine.
    package init(_ status: NodeStatus) {
        version = status.version ?? ""
        self.status = status
    }

    /// - Returns: `nil` if it is no greeting.
    init?(_ json: JSONValue) {
        guard let version = json["imgtool"]?.string else { return nil }
        self.version = version
        func platforms(_ name: String) -> [Platform] {
            (json[name]?.array ?? []).compactMap { $0.string.flatMap { try? Platform(parsing: $0) } }
        }
        var status = NodeStatus(.running)
        status.version = version
        status.emulated = platforms("emulated")
        status.platforms = platforms("native") + platforms("emulated")
        self.status = status
    }

    package var json: JSONValue {
        let emulated = status.emulated ?? []
        func list(_ platforms: [Platform]) -> JSONValue { .array(platforms.map { .string($0.fullDescription) }) }
        return [
            "imgtool": .string(version),
            "native": list(status.platforms.filter { platform in !emulated.contains(where: platform.isSame) }),
            "emulated": list(emulated),
        ]
    }
}
