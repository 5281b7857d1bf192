package import JSON

/// A changed field of a document.
package struct FieldChange: Sendable, Hashable {
    /// The path, such as `config.Env.PATH` or `annotations["org.example.key"]`.
    package let path: String
    /// `nil` if it was added.
    package let before: JSONValue?
    /// `nil` if it was removed.
    package let after: JSONValue?

    /// All changed fields, in document order. Arrays are compared as a whole.
    ///
    /// - Parameter omitted: Top-level names to ignore.
    package static func all(
        from before: JSONValue?, to after: JSONValue?, omitting omitted: Set<String> = []
    ) -> [FieldChange] {
        all(from: before, to: after, at: "", omitted)
    }

    private static func all(
        from before: JSONValue?, to after: JSONValue?, at path: String, _ omitted: Set<String>
    ) -> [FieldChange] {
        if before == after { return [] }
        guard let old = before?.object, let new = after?.object else {
            return [FieldChange(path: path, before: before, after: after)]
        }
        let known = Set(old.members.map(\.name))
        let names = old.members.map(\.name) + new.members.map(\.name).filter { !known.contains($0) }
        let changes = names.filter { !omitted.contains($0) }
            .flatMap { all(from: old[$0], to: new[$0], at: path.joined(toMember: $0), []) }
        guard changes.isEmpty, omitted.isEmpty else { return changes }
        return [FieldChange(path: path.joined(toMember: "*"), before: before, after: after)]
    }
}

extension String {
    fileprivate func joined(toMember name: String) -> String {
        if name.contains(".") || name.isEmpty { return "\(self)[\"\(name)\"]" }
        return isEmpty ? name : "\(self).\(name)"
    }
}
