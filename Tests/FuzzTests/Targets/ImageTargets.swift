import Concurrency
import FileSystem
import ImageLayout
import ImageTools
import JSON
import OCI

@testable import imgtool

/// Manifests and indexes, through every verb that reads.
enum ImageTargets {
    /// ``Parts``, each a blob and, where it can be, a manifest; the last is what is asked for.
    static func image(_ bytes: [UInt8]) async throws {
        let parts = Parts(bytes)
        let store = PartsStore(parts)
        let reference = try Reference(parsing: "oci:fuzz:last")
        try await read(reference, in: store, contents: parts.contents)
    }

    /// Shows, checks and compares an image.
    static func read(_ reference: Reference, in store: any ImageStore, contents: [[UInt8]] = []) async throws {
        let stores = OneStore(store: store)
        guard let view = try? await ImageView.load(reference, from: stores) else { return }
        var texts: [String] = []
        if let text = try? InspectText.text(of: view) { texts.append(text) }
        if let text = try? await LayerList.text(of: view) { texts.append(text) }
        if let text = try? await AttestationList.text(of: view) { texts.append(text) }
        if let text = try? await InspectTemplate.configuration(of: view) { texts.append(text) }
        for template in [
            "{{json .}}", "{{.}}{{.SBOM}}{{.Provenance}}", "{{range .Manifest.Manifests}}{{.Platform.OS}}{{end}}",
        ] {
            _ = try? await InspectTemplate.render(InspectTemplate.parse(template), view)
        }
        for text in texts { try promise(text.isHarmless, "a terminal obeys what is shown: \(text.debugDescription)") }
        let amd64 = Platform(os: "linux", architecture: "amd64")
        _ = try? await view.platforms()
        _ = try? await view.selected(for: amd64)
        _ = try? await view.selectedDescriptor(for: amd64)
        for depth in [ImageVerification.Depth.sizes, .content, .layers] {
            _ = try? await ImageVerification(in: store, depth: depth, observer: Unobserved()).run(view)
        }
        _ = try? await ReferrerTree.load(of: view.content.descriptor, in: store, artifactType: nil)
        let earlier = contents.dropLast().last.map { reference.pinned(to: Digest(of: $0)) } ?? reference
        for other in [earlier, reference] {
            guard let difference = try? await ImageDifference.load(from: other, to: reference, in: stores) else {
                continue
            }
            try promise(other != reference || difference.isEmpty, "an image differs from itself")
            _ = DifferenceReport.lines(of: difference)
            _ = DifferenceReport.json(of: difference).text()
        }
        try await make(of: [reference, earlier], in: stores)
    }

    /// Makes an index of images, without writing it.
    private static func make(of references: [Reference], in stores: OneStore) async throws {
        for (rule, types) in [(ConflictRule.error, MediaTypeRule.allCases.first), (.both, MediaTypeRule.allCases.last)]
        {
            var creation = IndexCreation()
            creation.sources = references.map { .reference($0) }
            creation.onConflict = rule
            creation.order = EntryOrder.allCases.last ?? .source
            if let types { creation.conversion.mediaTypes = types }
            guard let plan = try? await creation.plan(in: stores) else { continue }
            try promise((try? plan.content.index()) != nil, "an index that was made is none")
        }
    }

    /// ``Parts``: the blobs of a layout, and its index.json as the last one.
    static func layout(_ bytes: [UInt8]) async throws {
        let parts = Parts(bytes)
        let folder = Scratch.shared.path("layout")
        try Folder.create("\(folder)/blobs/sha256")
        try File.replace("\(folder)/oci-layout", with: Array(#"{"imageLayoutVersion": "1.0.0"}"#.utf8))
        let blobs = parts.contents.dropLast().map { ("\(folder)/blobs/sha256/\(Digest(of: $0).hex)", $0) }
        for (path, content) in blobs { try File.replace(path, with: content) }
        defer { for (path, _) in blobs { _ = try? File.remove(path) } }
        try File.replace("\(folder)/index.json", with: parts.contents.last ?? [])

        let layout = LayoutStore(path: folder)
        for tag in ((try? await layout.tags()) ?? []).prefix(4) {
            _ = try? await layout.fullName(of: .tag(tag))
            try await read(Reference(.layout(path: folder), tag: tag), in: layout)
        }
        let store = LocalStore(path: folder)
        for image in ((try? store.images()) ?? []).prefix(4) {
            _ = try? await store.repository(Repository(host: "docker.io", path: "library/a")).tags()
            _ = image
        }
        _ = try? store.usage()
        _ = try? store.lists()
        _ = try? await store.check()
        _ = try? await store.collect(olderThan: .zero, isDryRun: true)
    }
}

private struct OneStore: ImageStores {
    let store: any ImageStore

    func store(at location: Reference.Location) throws(ImageError) -> any ImageStore { store }
}

private struct Unobserved: TransferObserver, TransferTicket {
    func begin(_ descriptor: Descriptor, _ kind: TransferKind, to destination: String) -> any TransferTicket { self }
    func wait(for image: Reference) -> any TransferTicket { self }
    func note(_ text: String) {}
    func warn(_ text: String) {}
    func advance(by bytes: Int) {}
    func end(_ result: Result<BlobPlacement, any Error>) {}
}

/// A place that has the parts of an input.
private struct PartsStore: ImageStore {
    let name = "parts"
    private let contents: [Digest: [UInt8]]
    private let last: Digest

    init(_ parts: Parts) {
        contents = Dictionary(parts.contents.map { (Digest(of: $0), $0) }) { first, _ in first }
        last = Digest(of: parts.contents.last ?? [])
    }

    func resolve(_ reference: ManifestReference) async throws -> Descriptor { try await manifest(reference).descriptor }

    func manifest(_ reference: ManifestReference) async throws -> ManifestContent {
        let digest = reference.digest ?? last
        return try ManifestContent(bytes: try content(digest), mediaType: "", digest: digest, of: "\(digest)")
    }

    func rawBlob(_ descriptor: Descriptor, from offset: Int64) async throws -> any ByteStream {
        BytesStream(Array(try content(descriptor.digest).dropFirst(Int(offset))))
    }

    func hasBlob(_ descriptor: Descriptor) async throws -> Bool { contents[descriptor.digest] != nil }

    func resolveBlob(_ digest: Digest) async throws -> Descriptor {
        Descriptor(mediaType: MediaType.anyBytes, digest: digest, size: Int64(try content(digest).count))
    }

    func tags() async throws -> [String] { ["last"] }

    /// Everything refers to everything.
    func referrers(of digest: Digest, artifactType: String?) async throws -> [Descriptor] {
        contents.map { Descriptor(mediaType: MediaType.ociManifest, digest: $0.key, size: Int64($0.value.count)) }
    }

    func put(_ blob: BlobContent, mountingFrom neighbour: (any ImageSource)?) async throws -> BlobPlacement { .existed }
    func put(_ manifest: ManifestContent, as naming: ManifestNaming) async throws {}
    func removeTag(_ tag: String) async throws {}
    func removeManifest(_ digest: Digest) async throws {}

    private func content(_ digest: Digest) throws -> [UInt8] {
        guard let content = contents[digest] else {
            throw ImageError(.notFound, "cannot read \(digest)", "it is not there")
        }
        return content
    }
}
