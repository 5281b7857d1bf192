/// Variables and their values, in the order in which they were set first.
package struct Environment: Hashable, Sendable {
    package private(set) var names: [String] = []
    private var values: [String: String] = [:]

    package init() {}

    /// - Parameter list: `NAME=value` each, as an image's configuration has them; a name alone has an empty value.
    package init(_ list: [String]) {
        for entry in list {
            let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            self[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
        }
    }

    /// The value of a variable; `nil` for one that is not set. A variable that is set again keeps its place.
    package subscript(name: String) -> String? {
        get { values[name] }
        set {
            if newValue == nil { names.removeAll { $0 == name } }
            if newValue != nil, values[name] == nil { names.append(name) }
            values[name] = newValue
        }
    }

    /// `NAME=value` each, as a process or an image's configuration takes them.
    package var list: [String] { names.map { "\($0)=\(values[$0] ?? "")" } }
}

extension Environment: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { self[name] = value }
    }
}
