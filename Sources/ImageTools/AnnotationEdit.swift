internal import Concurrency
internal import JSON
internal import OCI

/// Changes annotations and platforms of an index, of its entries, or of the manifests below it.
package struct AnnotationEdit: ImageEdit {
    /// The objects to change.
    package enum Target: Sendable, Hashable {
        /// The index itself.
        case index
        /// Entries of the index.
        case entries(EntrySelection)
        /// The manifests of the entries, of all images if none is selected; or the image itself if it is a single one.
        case manifests(EntrySelection)
    }

    let target: Target
    let added: [(key: String, value: String)]
    let removed: [String]
    let platform: PlatformChange?
    /// The digests of entries changed in earlier rounds, whose platform may have changed since.
    var known: Set<Digest>?

    /// - Parameters:
    ///   - added: Keys with their values; a later one wins.
    ///   - removed: Keys to remove; missing ones are not an error.
    ///   - platform: For entries only.
    package init(
        of target: Target, adding added: [(key: String, value: String)] = [], removing removed: [String] = [],
        platform: PlatformChange? = nil
    ) {
        self.target = target
        self.added = added
        self.removed = removed
        self.platform = platform
    }

    /// - Throws: ``ImageError``; of code `notFound` if there is no such entry.
    package mutating func draft(of view: ImageView) async throws -> ImageDraft {
        guard view.content.isIndex else { return try await draft(ofSingle: view) }
        switch target {
        case .index:
            var edit = try IndexEdit(view.content)
            edit.change { annotate(&$0) }
            return try draft(edit)
        case .entries(let selection): return try await draft(of: view, changing: selection)
        case .manifests(let selection): return try await draft(of: view, rewriting: selection)
        }
    }

    private func draft(ofSingle view: ImageView) async throws -> ImageDraft {
        guard case .manifests(let selection) = target, selection.isEmpty else {
            throw ImageError(
                .failed, "cannot annotate \(view.pinnedName)", "it is a single image, not an index",
                advice: "--manifest alone annotates it")
        }
        return ImageDraft(try rewritten(view.content))
    }

    // MARK: Entries

    private mutating func draft(of view: ImageView, changing selection: EntrySelection) async throws -> ImageDraft {
        let chosen = try await self.chosen(by: selection, in: view)
        known = (known ?? []).union(chosen.map(\.digest))
        let edit = self
        return try await NestedEdit(chosen: chosen) { try edit.draft(of: $0, changing: $1) }.draft(of: view)
    }

    private func draft(of view: ImageView, changing chosen: Set<Int>) throws -> ImageDraft {
        var edit = try IndexEdit(view.content)
        let entries = try edit.entries
        edit.changeEntries { position, entry in
            guard chosen.contains(position) else { return }
            annotate(&entry, before: ["data", "platform", "artifactType"])
            platform?.apply(to: &entry)
        }
        try refuseTwins(chosen, before: entries, after: try edit.entries)
        return try draft(edit)
    }

    /// The selected entries of an index and of indexes in it, including those that were selected before their platform
    /// changed; the entries of all images without a selection.
    func chosen(by selection: EntrySelection, in view: ImageView) async throws -> Set<Descriptor> {
        let entries = try await view.everyEntry()
        if selection.isEmpty {
            return Set(
                entries.filter {
                    $0.isImageEntry && MediaType.isManifest($0.mediaType) && !MediaType.isIndex($0.mediaType)
                })
        }
        let positions: Set<Int>
        if let known {
            positions = EntrySelection(platforms: selection.platforms, digests: selection.digests + known)
                .presentPositions(in: entries)
        } else {
            positions = try selection.positions(in: entries, "cannot annotate \(view.pinnedName)")
        }
        return Set(positions.map { entries[$0] })
    }

    /// Refuses to give an image the platform of another one, which would make the two indistinguishable.
    private func refuseTwins(
        _ changed: Set<Int>, before: [Descriptor], after: [Descriptor]
    ) throws(ImageError) {
        for position in changed where !after[position].isAttestation {
            guard let platform = after[position].platform, platform != before[position].platform else { continue }
            let twin = after.indices.first { other in
                other != position && !after[other].isAttestation
                    && after[other].platform.map(platform.isSame) ?? false
            }
            if let twin {
                throw ImageError(
                    .failed, "cannot make \(after[position].digest) the image for \(platform.fullDescription)",
                    "that is \(after[twin].digest) in the same index")
            }
        }
    }

    // MARK: Changing

    func annotate(_ object: inout JSONObject, before later: [String] = []) {
        for (key, value) in added { object.annotate(key, value, before: later) }
        for key in removed { object.removeAnnotation(key) }
    }

    /// The draft of a changed index. A Docker manifest list that gets annotations becomes an image index.
    private func draft(_ edit: IndexEdit) throws -> ImageDraft {
        var edit = edit
        let isDocker = edit.original.mediaType == MediaType.dockerList
        guard isDocker, !added.isEmpty else { return ImageDraft(try edit.finished()) }
        edit.change { $0["mediaType"] = .string(MediaType.ociIndex) }
        var draft = ImageDraft(try edit.finished())
        draft.warnings.append("Docker manifest lists have no annotations, so it becomes an OCI image index")
        return draft
    }

    func rewritten(_ content: ManifestContent) throws(ImageError) -> ManifestContent {
        guard !MediaType.isDocker(content.mediaType) || added.isEmpty else {
            throw ImageError(
                .failed, "cannot annotate the manifest \(content.digest)", "Docker manifests have no annotations",
                advice: "annotate its entry instead")
        }
        return try content.rewritten { annotate(&$0) }
    }
}
