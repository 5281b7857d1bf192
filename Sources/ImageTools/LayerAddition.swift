internal import JSON
package import OCI

/// A layer that images get on top of theirs.
package struct LayerAddition: Sendable {
    /// With a media type of image-spec.
    let descriptor: Descriptor
    let diffID: Digest
    let content: BlobContent
    /// How it came to be: what the history of the image says of it.
    let origin: String

    /// - Parameters:
    ///   - content: The blob, its descriptor with a media type of image-spec.
    ///   - diffID: The digest of the uncompressed archive (image-spec, config.md, "Layer DiffID").
    ///   - origin: How it came to be, for the history.
    package init(_ content: BlobContent, diffID: Digest, origin: String) {
        descriptor = content.descriptor
        self.diffID = diffID
        self.content = content
        self.origin = origin
    }
}

/// The parts of an image that a change of layers concerns, as they stand in its documents.
struct LayeredImage: Sendable {
    /// Descriptors, the lowest first.
    var layers: [JSONValue]
    var configuration: ImageConfiguration

    /// - Throws: ``ImageError`` when this is no image.
    init(_ view: ImageView) async throws {
        let type = try view.content.imageManifest().config.mediaType
        guard MediaType.isImageConfig(type) else {
            throw ImageError(.failed, "cannot change \(view.pinnedName)", "it is no image, its config is a \(type)")
        }
        layers = view.content.document.value["layers"]?.array ?? []
        do {
            configuration = try ImageConfiguration(json: try await view.config().value)
        } catch let error as JSONShapeError {
            throw ImageError(.failed, "cannot read the configuration of \(view.pinnedName)", "\(error)")
        }
    }

    /// Refuses to change the layers of an image that says of another number of them what they are.
    ///
    /// - Parameter name: That of the image.
    func checkLayers(of name: String) throws(ImageError) {
        let count = try configuration.diffIDs.count
        guard count != layers.count else { return }
        throw ImageError(
            .failed, "cannot change the layers of \(name)",
            "its configuration has \(count) diff ids for \(layers.count) layers", advice: "imgtool verify says more")
    }

    /// The history, or nothing where there is none.
    var history: [JSONValue] {
        get { configuration["history"]?.array ?? [] }
        set { configuration["history"] = newValue.isEmpty ? nil : .array(newValue) }
    }

    mutating func set(diffIDs: [Digest]) {
        var rootfs = configuration["rootfs"]?.object ?? JSONObject([.init("type", "layers")])
        rootfs["diff_ids"] = .array(diffIDs.map { .string($0.description) })
        configuration["rootfs"] = .object(rootfs)
    }

    /// Puts layers on top.
    ///
    /// - Parameter time: When they were made, for the history.
    mutating func add(_ additions: [LayerAddition], created time: JSONValue?) throws(ImageError) {
        // A history that says nothing of the layers below must not say anything of those above.
        let isTold = layers.isEmpty || !history.isEmpty
        for addition in additions {
            layers.append(addition.descriptor.json)
            set(diffIDs: try configuration.diffIDs + [addition.diffID])
            guard isTold else { continue }
            var entry = JSONObject()
            entry["created"] = time
            entry["created_by"] = .string(addition.origin)
            history.append(.object(entry))
        }
    }
}
