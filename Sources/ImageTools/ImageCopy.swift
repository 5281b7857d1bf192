package import OCI

/// Copies an image from one place to another, byte for byte: what `copy`, `push` and `pull` do.
package struct ImageCopy: Sendable {
    package var source: Reference
    package var destination: Reference
    /// The platforms to copy; all when empty. One gives its image itself, several an index of just those.
    package var platforms: [Platform] = []
    /// Whether what refers to the image (signatures, SBOMs) is copied with it.
    package var includesReferrers = false

    package init(from source: Reference, to destination: Reference) {
        self.source = source
        self.destination = destination
    }

    /// - Returns: The destination with the digest that it has now.
    /// - Throws: ``ImageError``. What was copied before it stays, and is not copied again.
    package func run(in stores: any ImageStores, observer: any TransferObserver) async throws -> Reference {
        let target = try stores.store(at: destination.location)
        let memory = ImageMemory()
        let view = try await chosen(from: stores, memory)
        let content = view.content
        if let expected = destination.digest, expected != content.digest {
            throw ImageError(
                .verification, "cannot copy \(view.pinnedName) to \(destination)", "its digest is \(content.digest)")
        }
        let tag = destination.tag ?? (destination.digest == nil ? Reference.defaultTag : nil)
        let copier = ImageCopier(to: target, observer: observer, memory: memory)
        try await copier.copy(content, from: view.source, as: tag.map { .tag($0) } ?? .digest)
        if includesReferrers { try await copyReferrers(of: content, from: view.source, copier) }
        return Reference(destination.location, tag: tag, digest: content.digest)
    }

    private func chosen(from stores: any ImageStores, _ memory: ImageMemory) async throws -> ImageView {
        if platforms.count > 1 {
            var creation = IndexCreation()
            creation.sources = [.reference(source)]
            creation.platforms = platforms
            let plan = try await creation.plan(in: stores, memory: memory)
            return ImageView(
                reference: source, source: try stores.store(at: source.location), content: plan.content,
                memory: memory)
        }
        let view = try await ImageView.load(source, from: stores, memory: memory)
        guard let platform = platforms.first else { return view }
        return try await view.selected(for: platform)
    }

    /// Copies the referrers of a manifest and of everything below it, and theirs in turn.
    private func copyReferrers(
        of content: ManifestContent, from source: any ImageSource, _ copier: ImageCopier
    ) async throws {
        var pending = [content.digest]
        if content.isIndex { pending += try content.index().manifests.map(\.digest) }
        var seen = Set(pending)
        while !pending.isEmpty {
            let digest = pending.removeFirst()
            for referrer in try await source.referrers(of: digest, artifactType: nil)
            where seen.insert(referrer.digest).inserted {
                let manifest = try await source.manifest(.digest(referrer.digest))
                try await copier.copy(manifest, from: source, as: .digest)
                pending.append(referrer.digest)
            }
        }
    }
}
