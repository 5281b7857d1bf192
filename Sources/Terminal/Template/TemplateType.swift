/// The Go type of a value: its fields, and its zero value.
package indirect enum TemplateType: Sendable {
    /// Any JSON (`interface{}`).
    case any
    case string, integer, boolean
    /// An `ALGORITHM:ENCODED` string, with the methods of `digest.Digest`.
    case digest
    /// An RFC 3339 time (`time.Time`).
    case time
    case list(TemplateType)
    /// A map with string keys.
    case map(TemplateType)
    /// A value that may be `nil`; then its fields are errors.
    case pointer(TemplateType)
    case structure([TemplateField])
}

/// A field of a Go structure.
package struct TemplateField: Sendable {
    /// The name in Go.
    package let name: String
    /// The name in JSON; `nil` for an embedded structure, whose fields are beside the others in JSON.
    package let json: String?
    package let type: TemplateType
    /// True if JSON omits it when it is empty (`omitempty`).
    package let isOptional: Bool

    package init(_ name: String, _ json: String, _ type: TemplateType, isOptional: Bool = true) {
        (self.name, self.json, self.type, self.isOptional) = (name, json, type, isOptional)
    }

    package init(embedding name: String, _ fields: [TemplateField]) {
        (self.name, json, type, isOptional) = (name, nil, .structure(fields), false)
    }
}

extension [TemplateField] {
    /// The fields, with those of embedded structures in place of these.
    var flat: [TemplateField] {
        flatMap { field in
            if field.json == nil, case .structure(let inner) = field.type { inner.flat } else { [field] }
        }
    }

    /// The field for a name in a template, by its name in Go or in JSON.
    func named(_ name: String) -> TemplateField? {
        let key = TemplateValue.fieldKey(name)
        return flat.first { $0.name == name }
            ?? flat.first { TemplateValue.fieldKey($0.name) == key || $0.json.map(TemplateValue.fieldKey) == key }
    }
}
