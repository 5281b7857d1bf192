internal import JSON
package import OCI

/// Files beside an image, or for themselves: an image manifest without an image (image-spec, manifest.md, "Guidelines for
/// Artifact Usage").
package struct Artifact: Sendable {
    /// One of its files.
    package struct File: Sendable {
        /// Its name when it is unpacked.
        let title: String
        /// Its descriptor has its media type.
        let content: BlobContent

        package init(title: String, content: BlobContent) {
            self.title = title
            self.content = content
        }
    }

    private static let emptyConfig = Array("{}".utf8)

    package var type: String
    package var files: [File]
    package var annotations: [String: String] = [:]
    /// Its subject.
    package var subject: Reference?

    package init(type: String, files: [File]) {
        self.type = type
        self.files = files
    }

    /// Puts it where a reference says: the same bytes for the same files. Without a tag it is found by its digest, and as a
    /// referrer of its subject.
    ///
    /// - Returns: The reference with its digest.
    /// - Throws: ``ImageError``: of code `usage` when the subject is in another repository.
    package func put(
        to reference: Reference, in stores: any ImageStores, observer: any TransferObserver
    ) async throws -> Reference {
        let store = try stores.store(at: reference.location)
        var target: Descriptor?
        if let subject {
            guard subject.location == reference.location else {
                throw ImageError(
                    .usage, "cannot put an artifact into \(reference.location)",
                    "what it is about, \(subject), is not in there", advice: "name both in one repository")
            }
            target = try await store.resolve(subject.manifestReference).content
        }
        let manifest = try manifest(of: target)
        if let digest = reference.digest, digest != manifest.digest {
            throw ImageError(
                .verification, "cannot put \(reference)", "the digest of the artifact is \(manifest.digest)")
        }
        let copier = ImageCopier(to: store, observer: observer, cache: ImageCache())
        for file in files { try await copier.copy(NewBlob(file.content, .blob)) }
        let config = try manifest.imageManifest().config
        if !files.contains(where: { $0.content.descriptor.digest == config.digest }) {
            try await copier.copy(
                NewBlob(BlobContent(config, bytes: Self.emptyConfig, of: store.name), .config))
        }
        let tag = reference.tag ?? (subject == nil && reference.digest == nil ? Reference.defaultTag : nil)
        try await copier.write(manifest, as: tag.map { .tag($0) } ?? .digest)
        return Reference(reference.location, tag: tag, digest: manifest.digest)
    }

    private func manifest(of subject: Descriptor?) throws(ImageError) -> ManifestContent {
        var object = JSONObject()
        object["schemaVersion"] = 2
        object["mediaType"] = .string(MediaType.ociManifest)
        object["artifactType"] = .string(type)
        var config = Descriptor(
            mediaType: MediaType.ociEmpty, digest: Digest(of: Self.emptyConfig), size: Int64(Self.emptyConfig.count))
        config.data = "e30="
        object["config"] = config.json
        // An artifact without a file has the empty blob for a layer.
        let layers = files.map { file in
            var layer = file.content.descriptor
            layer.annotations[AnnotationKey.title] = file.title
            return layer.json
        }
        object["layers"] = .array(layers.isEmpty ? [config.json] : layers)
        object["subject"] = subject?.json
        object["annotations"] = JSONValue(annotations: annotations)
        return try ManifestContent(
            bytes: JSONValue.object(object).bytes(), mediaType: MediaType.ociManifest, digest: nil, of: "the artifact")
    }

    // MARK: Getting

    /// The files of an artifact.
    ///
    /// - Throws: ``ImageError`` when it is none, or names a file that would be outside of a folder.
    package static func files(of view: ImageView) throws(ImageError) -> [(title: String, content: BlobContent)] {
        let manifest = try view.content.imageManifest()
        var files: [(title: String, content: BlobContent)] = []
        for layer in manifest.layers where layer.mediaType != MediaType.ociEmpty {
            let title = layer.annotations[AnnotationKey.title] ?? layer.digest.hex
            let parts = title.split(separator: "/", omittingEmptySubsequences: false)
            guard !title.contains("\0"), !parts.contains(where: { ["", ".", ".."].contains($0) }) else {
                throw ImageError(
                    .verification, "cannot get the files of \(view.pinnedName)",
                    "\"\(title)\" is no name of a file in a folder")
            }
            files.append((title, BlobContent(layer, in: view.source)))
        }
        return files
    }

    /// The artifact that refers to something.
    ///
    /// - Parameter type: The artifact type; `nil` for any.
    /// - Throws: ``ImageError`` of code `notFound` when there is none, of code `failed` when there are several.
    package static func find(
        of subject: Reference, type: String?, in stores: any ImageStores
    ) async throws -> ImageView {
        let store = try stores.source(at: subject.location)
        let digest = try await store.resolve(subject.manifestReference).digest
        let attempt = "cannot get the artifact of \(subject.pinned(to: digest))"
        let found = try await store.knownReferrers(of: digest, artifactType: type)
        guard let first = found.first else {
            throw ImageError(.notFound, attempt, "nothing\(type.map { " of type \($0)" } ?? "") refers to it")
        }
        guard found.count == 1 else {
            throw ImageError(
                .failed, attempt, "\(found.count) of them refer to it",
                advice: "choose one with --artifact-type, or by its digest: imgtool referrers lists them")
        }
        return try await ImageView.load(Reference(subject.location, tag: nil, digest: first.digest), from: stores)
    }
}
