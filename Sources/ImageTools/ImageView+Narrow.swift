internal import OCI

extension ImageView {
    /// The image for one platform, or an index of those for several, which is nowhere yet; all of it without a platform.
    ///
    /// - Throws: ``ImageError`` of code `notFound` that lists the platforms there are.
    func narrowed(to platforms: [Platform], in stores: any ImageStores, cache: ImageCache) async throws -> ImageView {
        guard platforms.count > 1 else {
            guard let platform = platforms.first else { return self }
            return try await selected(for: platform)
        }
        var creation = IndexCreation()
        creation.sources = [.reference(reference.pinned(to: content.digest))]
        creation.platforms = platforms
        creation.findsAttestations = false
        let plan = try await creation.plan(in: stores, cache: cache)
        return changed(by: ImageDraft(plan.content))
    }

    /// The manifest and those that it lists: what referrers may be about.
    var subjects: [Digest] {
        get throws(ImageError) {
            [content.digest] + (content.isIndex ? try content.index().manifests.map(\.digest) : [])
        }
    }
}
