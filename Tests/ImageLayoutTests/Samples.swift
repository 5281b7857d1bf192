import Concurrency
import FileSystem
import JSON
import OCI
import Testing

@testable import ImageLayout

/// Content for tests: the same for the same seed, different for others.
func sampleBytes(_ count: Int, seed: UInt8 = 1) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 >> 8) ^ seed }
}

func blobDescriptor(_ bytes: [UInt8], algorithm: Digest.Algorithm = .sha256) -> Descriptor {
    Descriptor(
        mediaType: "application/octet-stream", digest: Digest(of: bytes, algorithm: algorithm), size: Int64(bytes.count)
    )
}

/// The manifest of an image without layers.
func sampleManifest(
    _ number: Int = 0, subject: Descriptor? = nil, artifactType: String? = nil,
    configType: String = MediaType.ociConfig, annotations: [String: String] = [:]
) throws -> ManifestContent {
    var json = JSONObject()
    json["schemaVersion"] = 2
    json["mediaType"] = .string(MediaType.ociManifest)
    json["artifactType"] = artifactType.map { .string($0) }
    json["config"] = Descriptor(mediaType: configType, digest: Digest(of: [UInt8(number)]), size: 1).json
    json["layers"] = []
    json["subject"] = subject?.json
    json["annotations"] = JSONValue(annotations: annotations)
    let bytes = JSONDocument(.object(json)).bytes
    return try ManifestContent(bytes: bytes, mediaType: "", digest: nil, of: "the sample")
}

func sampleIndex(_ manifests: [Descriptor]) -> ManifestContent {
    ManifestContent(Index(mediaType: MediaType.ociIndex, manifests: manifests))
}

extension LayoutStore {
    /// Whether the file of a blob is there with the right size.
    func has(_ blob: Descriptor) throws -> Bool { try holds(blob) }

    /// The elements of `manifests` in the file itself.
    func entriesOnDisk() throws -> [JSONValue] {
        let bytes = try File.read("\(path)/index.json", limit: 1 << 20)
        return try #require(try JSONValue(parsing: bytes)["manifests"]?.array)
    }

    func write(index: JSONValue) throws {
        try File.replace("\(path)/index.json", with: JSONDocument(index).bytes)
    }

    /// What a user who lists the folder sees that is not part of a layout.
    func leftovers() throws -> [String] {
        try Folder.list(path).filter { !["oci-layout", "index.json", "blobs"].contains($0) }
    }
}

/// A place with one blob, which says what was asked of it and breaks off when it is told to.
struct ScriptedSource: ImageSource {
    let content: [UInt8]
    /// For each opening, after how many bytes the connection breaks; `nil` when it does not.
    var breaks: [Int?] = []
    var breaking: any Error = ImageError(.failed, "cannot read the blob", "the connection broke")
    /// What happens while it is read.
    var meanwhile: @Sendable () throws -> Void = {}
    let offsets = Guarded<[Int64]>([])

    var name: String { "registry.example/scripted" }

    func rawBlob(_ descriptor: Descriptor, from offset: Int64) async throws -> any ByteStream {
        try meanwhile()
        let opening = offsets.withLock { offsets in
            offsets.append(offset)
            return offsets.count - 1
        }
        let end = opening < breaks.count ? breaks[opening] : nil
        return Pieces(
            Array(content[Int(offset)..<(end.map { Int(offset) + $0 } ?? content.count)]),
            then: end.map { _ in breaking })
    }

    func resolve(_ reference: ManifestReference) async throws -> Descriptor { throw unused }
    func manifest(_ reference: ManifestReference) async throws -> ManifestContent { throw unused }

    private var unused: ImageError { ImageError(.notFound, "cannot read the manifest", "there is none") }
}

private final class Pieces: ByteStream {
    private let rest: Guarded<[UInt8]>
    private let ending: (any Error)?

    init(_ bytes: [UInt8], then ending: (any Error)?) {
        rest = Guarded(bytes)
        self.ending = ending
    }

    func next() async throws -> [UInt8]? {
        await Task.yield()
        let piece = rest.withLock { rest in
            defer { rest.removeFirst(min(1000, rest.count)) }
            return Array(rest.prefix(1000))
        }
        if piece.isEmpty, let ending { throw ending }
        return piece.isEmpty ? nil : piece
    }
}
