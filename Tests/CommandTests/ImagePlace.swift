import JSON
import OCI
import TestKit
import Testing

/// A repository or a layout with some content, so that a promise can be kept in both.
struct ImagePlace: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        case registry, layout
    }

    /// What references begin with.
    let name: String
    /// The name that printed references begin with.
    let printedName: String
    private let registry: RegistryServer
    private let folder: TemporaryFolder
    private let kind: Kind

    /// Runs `body` with a place of a kind that has content by tag.
    static func with(
        _ kind: Kind, _ content: KeyValuePairs<String, any TestContent>,
        also others: [any TestContent] = [], _ body: (ImagePlace) async throws -> Void
    ) async throws {
        let registry = try await RegistryServer.shared()
        try await TemporaryFolder.with { folder in
            let place = try ImagePlace(kind, content, others, registry, folder)
            try await body(place)
        }
    }

    private init(
        _ kind: Kind, _ content: KeyValuePairs<String, any TestContent>, _ others: [any TestContent],
        _ registry: RegistryServer, _ folder: TemporaryFolder
    ) throws {
        self.kind = kind
        self.registry = registry
        self.folder = folder
        switch kind {
        case .registry:
            let path = registry.freshRepository("lists")
            name = "\(registry.host)/\(path)"
            printedName = name
            for (tag, content) in content { try registry.put(content, in: path, tag: tag) }
            for other in others { try registry.put(other, in: path) }
        case .layout:
            let layout = try TestLayout(in: folder, content)
            for bytes in others.flatMap(\.everything) {
                try folder.write("layout/blobs/sha256/\(Digest(of: bytes).hex)", bytes)
            }
            name = "oci:\(layout.path)"
            printedName = "oci-layout://\(layout.path)"
        }
    }

    /// The reference of a tag.
    func callAsFunction(_ tag: String) -> String { "\(name):\(tag)" }

    /// What a tag points to, looked up behind the program's back.
    func digest(of tag: String) throws -> Digest? {
        switch kind {
        case .registry: registry.digest(of: tag, in: repository)
        case .layout: try TestLayout(reading: "layout", in: folder).digest(of: tag)
        }
    }

    /// The bytes of a manifest or blob.
    func bytes(_ digest: Digest) -> [UInt8]? {
        switch kind {
        case .registry: registry.stored(digest)
        case .layout: TestLayout(reading: "layout", in: folder).blob(digest)
        }
    }

    /// Whether a manifest is there.
    func has(_ digest: Digest) -> Bool {
        kind == .registry ? registry.has(manifest: digest, in: repository) : bytes(digest) != nil
    }

    /// The index that a tag points to.
    func index(_ tag: String) throws -> Index {
        let digest = try #require(try digest(of: tag))
        return try Index(json: JSONValue(parsing: try #require(bytes(digest))))
    }

    /// Puts a referrer where it belongs in the way that every client does.
    func push(_ referrer: TestImage, as tag: String) async throws {
        try await TemporaryFolder.with { folder in
            let layout = try TestLayout(in: folder, ["x": referrer])
            try await printed("copy", "oci:\(layout.path):x", self(tag))
        }
    }

    /// What refers to what a tag points to, as JSON, with what refers to that.
    func referrers(of tag: String) async throws -> [JSONValue] {
        try await referrers(of: try #require(try digest(of: tag)))
    }

    /// What refers to a manifest, as JSON, with what refers to that.
    func referrers(of digest: Digest) async throws -> [JSONValue] {
        let output = try await printed("referrers", "--format", "json", "\(name)@\(digest)")
        return try JSONValue(parsing: output.utf8)["referrers"]?.array ?? []
    }

    private var repository: String { String(name.drop { $0 != "/" }.dropFirst()) }
}

/// A manifest written by hand, with the content that it refers to.
struct RawContent: TestContent {
    let manifest: [UInt8]
    let descriptor: Descriptor
    let blobs: [[UInt8]]
    let children: [any TestContent]

    init(
        _ text: String, mediaType: String = MediaType.ociIndex, children: [any TestContent] = [], blobs: [[UInt8]] = []
    ) {
        self.blobs = blobs
        manifest = Array(text.utf8)
        descriptor = Descriptor(mediaType: mediaType, digest: Digest(of: manifest), size: Int64(manifest.count))
        self.children = children
    }
}

/// Runs the program, which has to succeed.
///
/// - Returns: What it wrote to stdout.
@discardableResult
func printed(_ words: String..., sourceLocation: SourceLocation = #_sourceLocation) async throws -> String {
    try await printed(words, sourceLocation: sourceLocation)
}

/// Runs the program, which has to succeed.
///
/// - Returns: What it wrote to stdout.
@discardableResult
func printed(_ words: [String], sourceLocation: SourceLocation = #_sourceLocation) async throws -> String {
    let outcome = try await Tool.imgtool.run(words)
    #expect(outcome.status == 0, "\(outcome.error)", sourceLocation: sourceLocation)
    return outcome.output
}

/// Runs the program, which has to end with a status, with nothing on stdout and one line on stderr that says all parts.
func refused(
    _ status: Int, _ words: String..., saying parts: [String] = [], sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    try await refused(status, words, saying: parts, sourceLocation: sourceLocation)
}

/// Runs the program, which has to end with a status, with nothing on stdout and one line on stderr that says all parts.
func refused(
    _ status: Int, _ words: [String], saying parts: [String] = [], sourceLocation: SourceLocation = #_sourceLocation
) async throws {
    let outcome = try await Tool.imgtool.run(words)
    #expect(outcome.status == status, "\(outcome.error)", sourceLocation: sourceLocation)
    #expect(outcome.output == "", sourceLocation: sourceLocation)
    #expect(outcome.error.split(separator: "\n").count == 1, "\(outcome.error)", sourceLocation: sourceLocation)
    for part in parts {
        #expect(outcome.error.contains(part), "\(part) is not in: \(outcome.error)", sourceLocation: sourceLocation)
    }
}
