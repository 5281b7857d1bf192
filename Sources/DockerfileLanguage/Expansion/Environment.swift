/// Variables and their values, in the order in which they were first set.
package struct Environment: Hashable, Sendable {
    package private(set) var names: [String] = []
    private var values: [String: String] = [:]
    /// The total size of all `NAME=value` strings, in bytes.
    package private(set) var size = 0
    /// The meter for the work of expanding words with these variables.
    var meter: ExpansionMeter?

    package init() {}

    /// - Parameter list: Strings `NAME=value`, as in an image's configuration; a name alone has an empty value.
    package init(_ list: [String]) {
        for entry in list {
            let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            self[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
        }
    }

    /// The value of a variable; `nil` if it is not set. Setting a variable again keeps its position.
    package subscript(name: String) -> String? {
        get { values[name] }
        set {
            let old = values.updateValue(newValue ?? "", forKey: name)
            size += (newValue?.utf8.count ?? 0) - (old?.utf8.count ?? 0)
            if old == nil {
                names.append(name)
                size += name.utf8.count + 1
            }
            guard newValue == nil else { return }
            values[name] = nil
            names.removeAll { $0 == name }
            size -= name.utf8.count + 1
        }
    }

    package var count: Int { names.count }

    package static func == (one: Environment, other: Environment) -> Bool {
        one.names == other.names && one.values == other.values
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(names) }

    /// Strings `NAME=value`, as for a process or an image's configuration.
    package var list: [String] { names.map { "\($0)=\(values[$0] ?? "")" } }
}

extension Environment: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { self[name] = value }
    }
}
