internal import Concurrency
internal import JSON
package import OCI
internal import Units

/// When what the tags of a place stand for was made, as the images say.
package enum TagTimes {
    package struct Tag: Sendable, Hashable {
        package let name: String
        /// Its target, if that was looked up.
        package private(set) var digest: Digest?
        /// RFC 3339; `nil` when an image does not say.
        package private(set) var created: String?
        /// Seconds since 1970.
        fileprivate var seconds = Int64.min

        /// A tag of which nothing but the name is known.
        package init(name: String) { self.name = name }

        fileprivate init(name: String, digest: Digest, created: String?) {
            self.name = name
            self.digest = digest
            self.created = created
            seconds = created.flatMap(RFC3339.seconds) ?? .min
        }
    }

    /// Reads the manifest of each tag, and one configuration of each: that of the first image of an index.
    ///
    /// - Returns: In the order of the times, the oldest first; what does not say when comes before.
    /// - Throws: ``ImageError``.
    package static func load(
        _ tags: [String], of location: Reference.Location, in source: any ImageSource
    ) async throws -> [Tag] {
        let cache = ImageCache()
        let loaded = try await tags.concurrentMap { name -> Tag in
            let content = try await source.manifest(.tag(name))
            cache.keep(content)
            let view = ImageView(
                reference: Reference(location, tag: name, digest: content.digest), source: source, content: content,
                cache: cache)
            return Tag(name: name, digest: content.digest, created: try await created(view))
        }
        return loaded.sorted { $0.seconds != $1.seconds ? $0.seconds < $1.seconds : $0.name < $1.name }
    }

    private static func created(_ whole: ImageView) async throws -> String? {
        var view = whole
        if view.content.isIndex {
            guard let first = try view.content.index().images.first, MediaType.isImageManifest(first.mediaType) else {
                return nil
            }
            view = try await view.child(first)
        }
        guard MediaType.isImageConfig(try view.content.imageManifest().config.mediaType) else {
            return view.content.document.value["annotations"]?[AnnotationKey.created]?.string
        }
        return try await view.config().value["created"]?.string
    }
}
