internal import Archive
internal import Concurrency
internal import JSON
package import OCI

/// Verifies that an image is complete, and that all content matches its description.
package final class ImageVerification: Sendable {
    typealias Finding = VerificationFinding

    private static let parallelBlobs = 6
    private static let maximumDepth = 4
    /// The maximum number of index entries to check.
    private static let maximumEntries = 100_000

    /// An index at a depth, which is checked once, since another path to it leads to the same findings.
    private struct Nested: Hashable {
        let index: Digest
        let depth: Int
    }

    /// The depth of the checks on blobs.
    package enum Depth: Sendable {
        /// Check their sizes.
        case sizes
        /// Read and hash them.
        case content
        /// Also unpack layers, and check diff IDs and the architectures of executables.
        case layers
    }

    /// The findings, and the amount of content checked.
    package struct Report: Sendable {
        package let findings: [VerificationFinding]
        package let manifests: Int
        package let blobs: Int
        /// The total size of the blobs, in bytes.
        package let bytes: Int64

        package var errors: Int { findings.count { $0.severity == .error } }

        /// The same with errors for warnings.
        package var strict: Report {
            let errors = findings.map { Finding.error($0.path, $0.problem) }
            return Report(findings: errors, manifests: manifests, blobs: blobs, bytes: bytes)
        }
    }

    private let source: any ImageSource
    private let depth: Depth
    private let observer: any TransferObserver
    private let blobs = SingleFlight<Digest, Problem?>()
    private let blobLimit = AsyncLimiter(limit: parallelBlobs)
    private let inspections = Guarded<[Digest: LayerInspection]>([:])
    private let counted = Guarded((manifests: Set<Digest>(), blobs: [Digest: Int64](), entries: 0))
    private let nested = Guarded<Set<Nested>>([])

    package init(in source: any ImageSource, depth: Depth, observer: any TransferObserver) {
        self.source = source
        self.depth = depth
        self.observer = observer
    }

    /// Verifies an image and everything below it.
    ///
    /// - Throws: ``ImageError`` of code `denied`, `CancellationError`. Any other failure is a finding.
    package func run(_ view: ImageView) async throws -> Report {
        let findings: [Finding]
        do {
            findings = try await check(view, at: "", depth: 0)
        } catch is TooManyEntries {
            throw ImageError(
                .failed, "cannot verify \(view.pinnedName)",
                "there are more than \(Self.maximumEntries) entries below it")
        }
        let counted = counted.withLock { $0 }
        return Report(
            findings: findings, manifests: counted.manifests.count, blobs: counted.blobs.count,
            bytes: counted.blobs.values.cappedSum)
    }

    private struct TooManyEntries: Error {}

    /// The error of a blob.
    private struct Problem: Sendable {
        let text: String
        /// True if the source does not have it.
        let isMissing: Bool
    }

    private func check(_ view: ImageView, at path: String, depth: Int) async throws -> [Finding] {
        counted.withLock { _ = $0.manifests.insert(view.content.digest) }
        return try await collecting(path) {
            view.content.isIndex
                ? try await self.checkIndex(view, at: path, depth: depth) : try await self.checkImage(view, at: path)
        }
    }

    // MARK: Indexes

    private func checkIndex(_ view: ImageView, at path: String, depth: Int) async throws -> [Finding] {
        let entries = try view.content.index().manifests
        let isTooMuch = counted.withLock { counted in
            counted.entries += entries.count
            return counted.entries > Self.maximumEntries
        }
        if isTooMuch { throw TooManyEntries() }
        let locations = entries.indices.map { path.going(to: "manifests[\($0)] \(entries[$0].pathComponent)") }
        let consistency = IndexConsistency(mediaType: view.content.mediaType, entries: entries).findings(at: locations)
        let below = try await Array(zip(entries, locations)).concurrentMap { entry, location in
            try await self.collecting(location) {
                try await self.checkEntry(entry, of: view, at: location, depth: depth)
            }
        }
        return consistency + below.flatMap { $0 }
    }

    private func checkEntry(
        _ entry: Descriptor, of view: ImageView, at location: String, depth: Int
    ) async throws -> [Finding] {
        guard MediaType.isManifest(entry.mediaType) else { return try await checkBlob(entry, .blob, at: location) }
        guard depth < Self.maximumDepth else { return [.error(location, "indexes are nested too deep")] }
        let child = try await view.child(entry)
        var findings = try await checkData(of: entry, at: location)
        if child.content.mediaType != entry.mediaType {
            findings.append(.error(location, "it is a \(child.content.mediaType), but listed as \(entry.mediaType)"))
        }
        if child.content.isIndex {
            let isNew = nested.withLock { $0.insert(Nested(index: child.content.digest, depth: depth)).inserted }
            if !isNew { return findings }
        }
        findings += try await check(child, at: location, depth: depth + 1)
        if !child.content.isIndex, entry.isImageEntry, let listed = entry.platform {
            findings += try await collecting(location) {
                try await child.configuredPlatform().map { PlatformConsistency.findings(listed, $0, at: location) }
                    ?? []
            }
        }
        return findings
    }

    // MARK: Images

    private func checkImage(_ view: ImageView, at path: String) async throws -> [Finding] {
        let manifest = try view.content.imageManifest()
        var findings = ManifestConsistency.findings(of: view.content.mediaType, manifest, at: path)
        let configPlace = path.going(to: "config")
        let problems = try await checkBlob(manifest.config, .config, at: configPlace)
        findings += problems
        let locations = manifest.layers.indices.map { path.going(to: "layers[\($0)]") }
        let below = try await Array(zip(manifest.layers, locations)).concurrentMap { layer, location in
            MediaType.isForeignLayer(layer.mediaType) ? [] : try await self.checkBlob(layer, .layer, at: location)
        }
        if problems.allSatisfy({ $0.severity == .warning }), MediaType.isImageConfig(manifest.config.mediaType) {
            findings += try await collecting(configPlace) {
                let config = try await view.config()
                let inspections = self.inspections.withLock { $0 }
                return ManifestConsistency.findings(ofConfig: config, manifest, at: configPlace)
                    + Self.findings(in: manifest, config, inspections, at: locations)
            }
        }
        return findings + below.flatMap { $0 }
    }

    /// Checks a blob, once even if there are several references to it.
    private func checkBlob(_ blob: Descriptor, _ kind: TransferKind, at location: String) async throws -> [Finding] {
        let isNew = counted.withLock { $0.blobs.updateValue(blob.size, forKey: blob.digest) == nil }
        let problem = try await blobs.value(for: blob.digest) {
            try await self.blobLimit.run { try await self.problem(with: blob, kind) }
        }
        if blob.hasOtherData { return [.error(location, Self.otherData)] }
        if let problem, problem.isMissing, let bytes = blob.embeddedContent {
            let content = BlobContent(blob, bytes: bytes, of: source.name)
            let problem = try await self.problem(with: blob, kind, reading: content)
            return [problem.map { .error(location, $0.text) } ?? .warning(location, Self.onlyData)]
        }
        if problem == nil, !isNew {
            // Another descriptor with the same digest was right, but the size in this one may be wrong.
            let actual = try await size(of: blob.digest)
            return actual == blob.size ? [] : [.error(location, "\(blob.digest) has \(actual) bytes, not \(blob.size)")]
        }
        return problem.map { [.error(location, $0.text)] } ?? []
    }

    private static let otherData = "its data is not the content that it describes"
    private static let onlyData = "its content is nowhere but in its data, which not every runtime reads"

    /// Checks the data of a descriptor whose manifest was read.
    private func checkData(of entry: Descriptor, at location: String) async throws -> [Finding] {
        if entry.hasOtherData { return [.error(location, Self.otherData)] }
        if entry.data == nil { return [] }
        do {
            _ = try await source.resolve(.digest(entry.digest))
            return []
        } catch let error as ImageError where error.code == .notFound {
            return [.warning(location, Self.onlyData)]
        }
    }

    /// - Parameter embedded: The content, if it is not to be read from the source.
    private func problem(
        with blob: Descriptor, _ kind: TransferKind, reading embedded: BlobContent? = nil
    ) async throws -> Problem? {
        let ticket = observer.begin(blob, kind, to: source.name)
        do {
            let content = embedded ?? BlobContent(blob, in: source) { ticket.advance(by: $0) }
            switch depth {
            case .sizes: if embedded == nil { try await checkSize(of: blob) }
            case .layers where kind == .layer && LayerInspection.isPossible(blob):
                let inspection = try await LayerInspection.read(content.open())
                inspections.withLock { $0[blob.digest] = inspection }
            case .content, .layers:
                let stream = try await content.open()
                while try await stream.next() != nil {}
            }
            ticket.end(.success(.existed))
            return nil
        } catch {
            ticket.end(.failure(error))
            switch error {
            case let error as ImageError where error.code != .denied:
                return Problem(text: error.description, isMissing: error.code == .notFound)
            case let error as ArchiveError:
                return Problem(text: "cannot unpack the layer \(blob.digest): \(error)", isMissing: false)
            default: throw error
            }
        }
    }

    /// The size of a blob in the source.
    private func size(of blob: Digest) async throws -> Int64 {
        let source = try source.capable(of: (any BlobResolving).self, "cannot check the size of \(blob)")
        return try await source.resolveBlob(blob).size
    }

    private func checkSize(of blob: Descriptor) async throws {
        let actual = try await size(of: blob.digest)
        guard actual == blob.size else {
            throw ImageError(
                .verification, "cannot use the blob \(blob.digest)",
                "it has \(actual) bytes instead of \(blob.size)")
        }
    }

    /// Turns an error into a finding.
    private func collecting(_ location: String, _ check: () async throws -> [Finding]) async throws -> [Finding] {
        do {
            return try await check()
        } catch let error as ImageError where error.code != .denied {
            return [.error(location, error.description)]
        }
    }
}

extension Descriptor {
    /// True if content is embedded that is not the one that it describes.
    fileprivate var hasOtherData: Bool { data != nil && embeddedContent == nil }

    /// The name of an entry in the path of a finding.
    fileprivate var pathComponent: String {
        attestedDigest.map { _ in "attestation" } ?? platform?.fullDescription ?? digest.short
    }
}

extension String {
    fileprivate func going(to part: String) -> String { isEmpty ? part : "\(self) > \(part)" }
}
