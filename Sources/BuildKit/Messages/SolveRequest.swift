package import GRPC
internal import JSON

/// The parameters of a build by a daemon.
package struct SolveRequest: ProtobufMessage, Hashable {
    /// Unique; ``BuildKitClient/build(_:session:observer:)`` makes one up if it is empty.
    package var id = ""
    /// The id of the session.
    var session = ""
    package var frontend = "dockerfile.v0"
    /// The settings of the frontend, as in `target`, `platform` and `build-arg:NAME`.
    package var attributes: [String: String] = [:]
    /// The outputs, which are numbered from 0. Without any, the result is only in the daemon's cache.
    package var exporters: [TypedAttributes] = []
    package var cacheExports: [TypedAttributes] = []
    package var cacheImports: [TypedAttributes] = []
    /// As in `network.host`.
    package var entitlements: [String] = []
    /// True to leave the build out of the daemon's history.
    package var isInternal = false
    package var sourcePolicy: SourcePolicy?

    package init() {}

    package mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        switch field.number {
        case 1: id = try field.string
        case 5: session = try field.string
        case 6: frontend = try field.string
        case 7: try field.insert(into: &attributes)
        case 8:
            let cache = try field.message(CacheOptions.self)
            (cacheExports, cacheImports) = (cache.exports, cache.imports)
        case 9: entitlements.append(try field.string)
        case 11: isInternal = try field.bool
        case 12: sourcePolicy = try field.message()
        case 13: exporters.append(try field.message())
        default: break
        }
    }

    package func write(to writer: inout ProtobufWriter) {
        writer.put(1, id)
        // Daemons before 0.13 know only these, and ignore the list.
        if let exporter = exporters.first {
            writer.put(3, exporter.type)
            writer.put(4, exporter.attributes)
        }
        writer.put(5, session)
        writer.put(6, frontend)
        writer.put(7, allAttributes)
        if !(cacheExports.isEmpty && cacheImports.isEmpty) {
            writer.put(8, CacheOptions(exports: cacheExports, imports: cacheImports))
        }
        writer.put(9, entitlements)
        writer.put(11, isInternal)
        writer.put(12, sourcePolicy)
        writer.put(13, exporters)
    }

    /// The attributes with the imports of caches, which frontends only know from there.
    private var allAttributes: [String: String] {
        guard !frontend.isEmpty, !cacheImports.isEmpty, attributes["cache-imports"] == nil else { return attributes }
        let list = cacheImports.map { source -> JSONValue in
            let attributes = source.attributes.sorted { $0.key < $1.key }
            return [
                "Type": .string(source.type),
                "Attrs": .object(JSONObject(attributes.map { JSONObject.Member($0.key, .string($0.value)) })),
            ]
        }
        let text = String(decoding: JSONValue.array(list).bytes(.compact), as: UTF8.self)
        return attributes.merging(["cache-imports": text]) { own, _ in own }
    }
}

/// An exporter or cache: its type, as in `oci` or `registry`, and its settings.
package struct TypedAttributes: ProtobufMessage, Hashable {
    package var type = ""
    package var attributes: [String: String] = [:]

    package init() {}

    package init(_ type: String, _ attributes: [String: String] = [:]) {
        self.type = type
        self.attributes = attributes
    }

    package mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        switch field.number {
        case 1: type = try field.string
        case 2: try field.insert(into: &attributes)
        default: break
        }
    }

    package func write(to writer: inout ProtobufWriter) {
        writer.put(1, type)
        writer.put(2, attributes)
    }
}

/// The caches of a build.
private struct CacheOptions: ProtobufMessage {
    var exports: [TypedAttributes] = []
    var imports: [TypedAttributes] = []

    mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        switch field.number {
        case 4: exports.append(try field.message())
        case 5: imports.append(try field.message())
        default: break
        }
    }

    func write(to writer: inout ProtobufWriter) {
        writer.put(4, exports)
        writer.put(5, imports)
    }
}

/// The answer to Control/Solve.
package struct SolveResponse: ProtobufMessage, Hashable {
    /// As in `containerimage.digest`.
    package var values: [String: String] = [:]

    package init() {}

    package mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        if field.number == 1 { try field.insert(into: &values) }
    }

    package func write(to writer: inout ProtobufWriter) { writer.put(1, values) }
}
