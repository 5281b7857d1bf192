import Concurrency
import OCI
import TestKit

/// Places in memory, one for each location, which note what is asked of them.
final class MemoryStores: ImageStores {
    private let stores = Guarded<[Reference.Location: MemoryStore]>([:])

    /// - Parameter content: What there is, by full reference with a tag.
    init(_ content: KeyValuePairs<String, any TestContent> = [:]) throws {
        for (text, content) in content {
            let reference = try Reference(parsing: text)
            self[reference.location].add(content, tag: reference.tag)
        }
    }

    subscript(location: Reference.Location) -> MemoryStore {
        stores.withLock { stores in
            let store = stores[location] ?? MemoryStore(location.description)
            stores[location] = store
            return store
        }
    }

    subscript(text: String) -> MemoryStore {
        get throws { self[try Reference(parsing: text).location] }
    }

    func source(at location: Reference.Location) throws(ImageError) -> any ImageSource { self[location] }
    func store(at location: Reference.Location) throws(ImageError) -> any ImageStore { self[location] }
    func destination(at location: Reference.Location) throws(ImageError) -> any ImageDestination { self[location] }
}

/// A place in memory.
final class MemoryStore: ImageStore {
    private struct State {
        var blobs: [Digest: [UInt8]] = [:]
        var manifests: [Digest: ManifestContent] = [:]
        var tags: [String: Digest] = [:]
        var log: [String] = []
    }

    let name: String
    private let state = Guarded(State())

    init(_ name: String) {
        self.name = name
    }

    /// What was asked for and written, in order.
    var log: [String] { state.withLock { $0.log } }

    func content(of tag: String) -> ManifestContent? {
        state.withLock { state in state.tags[tag].flatMap { state.manifests[$0] } }
    }

    func add(_ content: any TestContent, tag: String?) {
        for child in content.children { add(child, tag: nil) }
        let parsed = try? ManifestContent(
            bytes: content.manifest, mediaType: content.descriptor.mediaType, digest: nil, of: name)
        state.withLock { state in
            for blob in content.blobs { state.blobs[Digest(of: blob)] = blob }
            state.manifests[content.digest] = parsed
            if let tag { state.tags[tag] = content.digest }
        }
    }

    func resolve(_ reference: ManifestReference) async throws -> Descriptor {
        note("resolve \(reference)")
        return try find(reference).descriptor
    }

    func manifest(_ reference: ManifestReference) async throws -> ManifestContent {
        note("manifest \(reference)")
        return try find(reference)
    }

    func rawBlob(_ descriptor: Descriptor, from offset: Int64) async throws -> any ByteStream {
        note("blob \(descriptor.digest)")
        guard let bytes = state.withLock({ $0.blobs[descriptor.digest] }) else { throw missing(descriptor.digest) }
        return BytesStream(Array(bytes.dropFirst(Int(offset))))
    }

    func put(_ blob: BlobContent, mountingFrom neighbour: (any ImageSource)?) async throws -> BlobPlacement {
        let bytes = try await blob.bytes()
        note("put blob \(blob.descriptor.digest)")
        return state.withLock { state in
            state.blobs.updateValue(bytes, forKey: blob.descriptor.digest) == nil ? .written : .existed
        }
    }

    func put(_ manifest: ManifestContent, as naming: ManifestNaming) async throws {
        note("put manifest \(manifest.digest)")
        state.withLock { state in
            state.manifests[manifest.digest] = manifest
            if let tag = naming.tag { state.tags[tag] = manifest.digest }
        }
    }

    private func note(_ text: String) { state.withLock { $0.log.append(text) } }

    private func find(_ reference: ManifestReference) throws -> ManifestContent {
        let found = state.withLock { state -> ManifestContent? in
            switch reference {
            case .tag(let tag): state.tags[tag].flatMap { state.manifests[$0] }
            case .digest(let digest): state.manifests[digest]
            }
        }
        guard let found else { throw missing(reference) }
        return found
    }

    private func missing(_ what: some CustomStringConvertible) -> ImageError {
        ImageError(.notFound, "cannot read \(what)", "it is not there")
    }
}
