internal import OCI

/// The access that a token grants (distribution's token authentication specification, "Requesting a token").
struct Scope: Hashable, Sendable, CustomStringConvertible {
    var type: String
    var name: String
    var actions: Set<String>

    static func pull(_ repository: Repository) -> Scope {
        Scope(type: "repository", name: repository.path, actions: ["pull"])
    }

    static func push(_ repository: Repository) -> Scope {
        Scope(type: "repository", name: repository.path, actions: ["pull", "push"])
    }

    static func delete(_ repository: Repository) -> Scope {
        Scope(type: "repository", name: repository.path, actions: ["pull", "push", "delete"])
    }

    var description: String { "\(type):\(name):\(actions.sorted().joined(separator: ","))" }

    init(type: String, name: String, actions: Set<String>) {
        self.type = type
        self.name = name
        self.actions = actions
    }

    /// Parses `type:name:action,action`; the name may contain colons.
    init?(_ text: Substring) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 3, let type = parts.first, let actions = parts.last else { return nil }
        self.init(
            type: type, name: parts[1..<(parts.count - 1)].joined(separator: ":"),
            actions: Set(actions.split(separator: ",").map(String.init)))
    }

    /// Merges scopes so that there is one for each repository, in order of first mention, but those that push first,
    /// since some registries only look at the first.
    static func merged(_ scopes: [Scope]) -> [Scope] {
        var merged: [Scope] = []
        for scope in scopes {
            if let index = merged.firstIndex(where: { $0.type == scope.type && $0.name == scope.name }) {
                merged[index].actions.formUnion(scope.actions)
            } else {
                merged.append(scope)
            }
        }
        return merged.filter { $0.actions.contains("push") } + merged.filter { !$0.actions.contains("push") }
    }
}
