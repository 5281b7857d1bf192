internal import Concurrency
internal import JSON
package import OCI

/// Changes the configuration, layers, base and annotations of images. For an index, all of its images are changed, or
/// those for some platforms, along with their entries and attestations.
package struct ImageMutation: ImageEdit {
    /// The maximum depth of nested indexes.
    private static let maximumDepth = 4

    /// The platforms of the images to change; empty for all.
    package var platforms: [Platform] = []
    package var configuration = ConfigurationChange()
    /// From the lowest to the highest.
    package var layers: [LayerAddition] = []
    package var rebase: ImageRebase?
    package var annotations: [AnnotationRule] = []
    package var removedAnnotations: [String] = []

    /// Manifests made in earlier rounds, which need no further change.
    private var made: Set<Digest> = []

    package init() {}

    /// - Throws: ``ImageError``; of code `notFound` if there is no image for a platform.
    package mutating func draft(of view: ImageView) async throws -> ImageDraft {
        let attempt = "cannot change \(view.pinnedName)"
        if !platforms.isEmpty {
            let known = try await view.platforms()
            if let absent = platforms.first(where: { wanted in !known.contains { wanted.matches($0) } }) {
                throw ImageError(
                    .notFound, attempt,
                    "it has no \(absent.fullDescription)"
                        + (known.isEmpty ? "" : ", but \(known.listing)"))
            }
        }
        var draft = try await drafted(view, annotations: [:], depth: 0)
        guard draft.content.isIndex || !view.content.isIndex else { return draft }
        for rule in annotations {
            for target in rule.targets { try await annotate(&draft, view, target, rule) }
        }
        made.insert(draft.content.digest)
        made.formUnion(draft.children.map(\.new.digest))
        return draft
    }

    /// - Parameter annotations: The annotations of the index above.
    private func drafted(
        _ view: ImageView, annotations: [String: String], depth: Int
    ) async throws -> ImageDraft {
        if made.contains(view.content.digest) { return ImageDraft(view.content) }
        guard view.content.isIndex else { return try await mutated(view, annotations) }
        let index = try view.content.index()
        guard depth < Self.maximumDepth else { return ImageDraft(view.content) }
        let below = try await selected(index.manifests).concurrentMap { entry in
            (
                entry: entry,
                draft: try await drafted(view.child(entry), annotations: index.annotations, depth: depth + 1)
            )
        }
        let replaced = Dictionary(below.map { ($0.entry.digest, $0.draft.content) }) { first, _ in first }
        let own = try await ManifestReplacement(of: replaced, in: view).draft()
        var draft = ImageDraft(own.content)
        draft.blobs = below.flatMap(\.draft.blobs)
        draft.children = below.flatMap(\.draft.children) + own.children
        draft.warnings = below.flatMap(\.draft.warnings) + own.warnings
        return draft
    }

    /// The images of an index to change, and nested indexes that may contain some.
    private func selected(_ entries: [Descriptor]) -> [Descriptor] {
        let images = entries.indices.filter { position in
            let entry = entries[position]
            return entry.isImageEntry && MediaType.isManifest(entry.mediaType) && entry.artifactType == nil
        }
        guard !platforms.isEmpty else { return images.map { entries[$0] } }
        let chosen = EntrySelection(platforms: platforms).presentPositions(in: entries)
        return images.filter { chosen.contains($0) || MediaType.isIndex(entries[$0].mediaType) }.map { entries[$0] }
    }

    // MARK: One image

    private func mutated(_ view: ImageView, _ indexAnnotations: [String: String]) async throws -> ImageDraft {
        var image = try await LayeredImage(view)
        let before = image.configuration
        let isDocker = MediaType.isDocker(view.content.mediaType)
        var blobs: [NewBlob] = []
        var added = try manifestAnnotations(for: image.configuration.platform)
        if rebase != nil || !layers.isEmpty { try image.checkLayers(of: view.pinnedName) }
        if let rebase {
            let result = try await rebase.apply(to: image, view, annotations: indexAnnotations)
            image = result.image
            blobs += result.blobs
            // Docker's manifests have no annotations.
            if !isDocker { added = result.annotations + added }
        }
        let time = configuration.created.map { .string($0) } ?? image.configuration["created"]
        try image.add(layers, created: time)
        blobs += layers.map { NewBlob($0.content, .layer) }
        configuration.apply(to: &image.configuration)

        let known = Set(try view.content.imageManifest().layers.map(\.digest))
        var edited = try AnnotationEdit(of: .manifests(EntrySelection()), adding: added, removing: removedAnnotations)
            .rewritten(view.content)
        edited = try edited.rewritten(layers: image.layers)
        var draft = ImageDraft(edited)
        draft.blobs = blobs.filter { !known.contains($0.content.descriptor.digest) }
        guard image.configuration != before else { return draft }
        let old = try view.content.imageManifest().config
        let bytes = JSONValue.object(image.configuration.json).bytes(try await view.config().layout)
        let config = Descriptor(mediaType: old.mediaType, digest: Digest(of: bytes), size: Int64(bytes.count))
        let content = try edited.rewritten { manifest in manifest.change("config") { $0.point(to: config) } }
        draft = ImageDraft(content)
        draft.blobs =
            blobs.filter { !known.contains($0.content.descriptor.digest) }
            + [NewBlob(BlobContent(config, bytes: bytes, of: view.source.name), .config)]
        return draft
    }

    // MARK: Annotations

    private func manifestAnnotations(for platform: Platform?) throws(ImageError) -> [(key: String, value: String)] {
        annotations.filter { rule in
            rule.targets.contains { target in
                guard case .manifest(let wanted) = target else { return false }
                return wanted.map { wanted in platform.map(wanted.matches) ?? false } ?? true
            }
        }.map { ($0.key, $0.value) }
    }

    /// Annotates the index or its entries.
    private func annotate(
        _ draft: inout ImageDraft, _ view: ImageView, _ target: AnnotationRule.Target, _ rule: AnnotationRule
    ) async throws {
        let edited: AnnotationEdit.Target
        switch target {
        case .manifest: return
        case .index: edited = .index
        case .manifestDescriptor(let platform?): edited = .entries(EntrySelection(platforms: [platform]))
        case .manifestDescriptor(nil):
            guard draft.content.isIndex else { return }
            let entries = try draft.content.index().manifests.filter(\.isImageEntry)
            edited = .entries(EntrySelection(digests: entries.map(\.digest)))
        }
        var edit = AnnotationEdit(of: edited, adding: [(rule.key, rule.value)])
        let annotated = try await edit.draft(of: view.changed(by: draft))
        var next = ImageDraft(annotated.content)
        (next.children, next.blobs, next.referrers) = (draft.children, draft.blobs, draft.referrers)
        next.warnings = draft.warnings + annotated.warnings
        draft = next
    }
}

extension ManifestContent {
    /// The manifest with other layers, whose media types are converted to the manifest's family.
    fileprivate func rewritten(layers: [JSONValue]) throws(ImageError) -> ManifestContent {
        let own = Set((document.value["layers"]?.array ?? []).compactMap { $0["digest"]?.string })
        let rule: MediaTypeRule = MediaType.isDocker(mediaType) ? .docker : .oci
        var foreign: String?
        let converted = layers.map { value -> JSONValue in
            guard var layer = value.object, !own.contains(layer["digest"]?.string ?? "") else { return value }
            let type = layer["mediaType"]?.string ?? ""
            guard let name = rule.name(of: type) else {
                foreign = type
                return value
            }
            layer["mediaType"] = .string(name)
            return .object(layer)
        }
        if let foreign { throw rule.refusal(of: self, "its layer of type \(foreign)") }
        return try rewritten { manifest in
            if manifest["layers"] != nil || !converted.isEmpty { manifest["layers"] = .array(converted) }
        }
    }
}
