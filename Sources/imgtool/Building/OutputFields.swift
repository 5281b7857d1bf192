internal import OCI
internal import Spelling

/// The fields of an `--output`, taken one after the other.
struct OutputFields {
    private let text: String
    private var fields: [(name: String, value: String?)] = []
    /// All supported fields so far, given or not.
    private var known: [String] = []

    /// - Parameter text: Comma-separated fields; quoted ones may contain commas.
    init(_ text: String) throws(ImageError) {
        self.text = text
        for field in try BuildFlagText.fields(of: text, for: "--output") where !field.isEmpty {
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            fields.append((String(parts[0]), parts.count > 1 ? String(parts[1]) : nil))
        }
    }

    /// True unless the text is just a path.
    var isList: Bool { fields.count > 1 || fields.contains { $0.name == "type" && $0.value != nil } }

    func has(_ name: String) -> Bool { fields.contains { $0.name == name } }

    /// The value of a field; the last one if it is repeated.
    mutating func take(_ name: String) -> String? {
        known.append(name)
        guard let field = fields.last(where: { $0.name == name }) else { return nil }
        fields.removeAll { $0.name == name }
        return field.value ?? ""
    }

    mutating func takeAll(prefix: String) -> [(name: String, value: String)] {
        let taken = fields.filter { $0.name.hasPrefix(prefix) && $0.name.contains(".") }
        fields.removeAll { $0.name.hasPrefix(prefix) && $0.name.contains(".") }
        return taken.map { ($0.name, $0.value ?? "") }
    }

    /// The value of a boolean field; true if it has none.
    mutating func truth(_ name: String) throws(ImageError) -> Bool? {
        guard let value = take(name) else { return nil }
        if let truth = value.isEmpty ? true : Self.truth(of: value) { return truth }
        throw refusal("\(name) is true or false, not \"\(value)\"")
    }

    /// Parses a boolean like BuildKit; `nil` for anything else.
    static func truth(of value: String) -> Bool? {
        switch value {
        case "1", "t", "T", "true", "TRUE", "True": true
        case "0", "f", "F", "false", "FALSE", "False": false
        default: nil
        }
    }

    /// Refuses a field that requests something unsupported; disabling it is accepted.
    mutating func refuse(_ name: String, because reason: String, advice: String? = nil) throws(ImageError) {
        let isAsked = try truth(name) == true
        known.removeLast()
        guard isAsked else { return }
        throw refusal("\(name)=true is not supported: \(reason)", advice: advice)
    }

    /// Refuses all fields that have not been taken.
    func refuseOthers(of type: String) throws(ImageError) {
        guard let other = fields.first?.name else { return }
        let names = Set(known).subtracting(["type"]).sorted()
        throw refusal(
            "type=\(type) has no field \"\(other)\"",
            advice: NearestName.advice(other, in: names)
                ?? "it has \(names.isEmpty ? "none" : names.joined(separator: ", "))")
    }

    func refusal(_ reason: String, advice: String? = nil) -> ImageError {
        ImageError(.usage, "cannot use --output \(text)", reason, advice: advice)
    }
}
