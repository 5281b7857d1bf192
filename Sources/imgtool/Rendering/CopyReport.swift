internal import ImageTools
internal import JSON
internal import OCI

/// The result of copies, for scripts.
enum CopyReport {
    static func json(of results: [CopyResult], source: Reference) -> JSONValue {
        var object = JSONObject()
        if let content = results.first?.content {
            object["containerimage.descriptor"] = content.json
            object["containerimage.digest"] = .string(content.digest.description)
        }
        object["image.name"] = .string(
            results.map { Reference($0.reference.location, tag: $0.reference.tag).description }.joined(separator: ","))
        object["source"] = .string((results.first.map { source.pinned(to: $0.source) } ?? source).description)
        object["copies"] = .array(results.map(json))
        return .object(object)
    }

    private static func json(_ result: CopyResult) -> JSONValue {
        var object = JSONObject()
        object["reference"] = .string(result.reference.description)
        object["digest"] = .string(result.content.digest.description)
        object["previousDigest"] = result.previous.map { .string($0.description) } ?? .null
        object["changed"] = .bool(result.isChanged)
        let count = result.transfers
        object["blobs"] = [
            "written": .integer(Int64(count.written)), "mounted": .integer(Int64(count.mounted)),
            "existed": .integer(Int64(count.existed)), "bytes": .integer(count.bytes),
        ]
        return .object(object)
    }
}
