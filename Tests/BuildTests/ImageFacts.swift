import JSON
import TestKit

/// What an image is, in lines that can be compared: its files and what its configuration says about running it.
struct ImageFacts: Sendable {
    /// By path, or by the name of a field.
    var facts: [String: String]

    private static let fields = [
        "Env", "Cmd", "Entrypoint", "User", "WorkingDir", "Labels", "ExposedPorts", "Volumes", "StopSignal",
        "Healthcheck", "Shell", "OnBuild",
    ]

    /// - Parameter configuration: The object `config` of the image's configuration.
    init(_ tree: Mountable, configuration: JSONValue?) {
        facts = tree.entries
        for name in Self.fields {
            guard let value = configuration?[name], !Self.saysNothing(value) else { continue }
            facts[name] = Self.ordered(value).text(.compact)
        }
    }

    /// What is not the same in another image: a line for each, with what is here and what is there.
    func differences(from other: ImageFacts) -> [String] {
        Set(facts.keys).union(other.facts.keys).sorted().compactMap { name in
            let (ours, theirs) = (facts[name] ?? "nothing", other.facts[name] ?? "nothing")
            return ours == theirs ? nil : "\(name): \(ours) | \(theirs)"
        }
    }

    private static func saysNothing(_ value: JSONValue) -> Bool {
        switch value {
        case .null, .string(""): true
        case .array(let items): items.isEmpty
        case .object(let object): object.isEmpty
        default: false
        }
    }

    private static func ordered(_ value: JSONValue) -> JSONValue {
        guard case .object(let object) = value else { return value }
        return .object(JSONObject(object.sorted.members.map { .init($0.name, ordered($0.value)) }))
    }
}
