internal import ImageTools
internal import JSON
internal import OCI

/// The sources of an index, as written on the command line or in files.
enum SourceText {
    static func parse(_ text: String) throws(ImageError) -> IndexCreation.Source {
        var text = Substring(text)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        if text.hasPrefix("{") { return .descriptor(try descriptor(text)) }
        if text.hasPrefix("sha256:") || text.hasPrefix("sha512:") { return .digest(try Digest(text)) }
        if let template = ReferenceTemplate(String(text)) { return .template(template) }
        return .reference(try Reference(parsing: String(text)))
    }

    private static func descriptor(_ text: Substring) throws(ImageError) -> Descriptor {
        func refuse(_ reason: String) -> ImageError { ImageError(.usage, "cannot read the descriptor", reason) }
        var json: JSONValue
        do { json = try JSONValue(parsing: text.utf8) } catch { throw refuse("\(error)") }
        guard json["schemaVersion"] == nil else {
            throw refuse("it is a whole manifest; give its digest or descriptor")
        }
        if var object = json.object, object["size"] == nil {
            object["size"] = 0
            json = .object(object)
        }
        do { return try Descriptor(json: json, at: .root) } catch { throw refuse("\(error)") }
    }
}
