internal import JSON
package import OCI

/// A layer to add on top of an image.
package struct LayerAddition: Sendable {
    /// With a media type of the image-spec.
    let descriptor: Descriptor
    let diffID: Digest
    let content: BlobContent
    /// The origin of the layer, for the history of the image.
    let origin: String

    /// - Parameters:
    ///   - content: The blob; its descriptor has a media type of the image-spec.
    ///   - diffID: The digest of the uncompressed archive (image-spec, config.md, "Layer DiffID").
    ///   - origin: The origin, for the history.
    package init(_ content: BlobContent, diffID: Digest, origin: String) {
        descriptor = content.descriptor
        self.diffID = diffID
        self.content = content
        self.origin = origin
    }
}

/// The parts of an image that are affected by changes of layers, as JSON.
struct LayeredImage: Sendable {
    /// Descriptors, from the lowest to the highest.
    var layers: [JSONValue]
    var configuration: ImageConfiguration

    /// - Throws: ``ImageError`` if this is not an image.
    init(_ view: ImageView) async throws {
        let type = try view.content.imageManifest().config.mediaType
        guard MediaType.isImageConfig(type) else {
            throw ImageError(.failed, "cannot change \(view.pinnedName)", "it is not an image, its config is a \(type)")
        }
        layers = view.content.document.value["layers"]?.array ?? []
        do {
            configuration = try ImageConfiguration(json: try await view.config().value)
        } catch let error as JSONShapeError {
            throw ImageError(.failed, "cannot read the configuration of \(view.pinnedName)", "\(error)")
        }
    }

    /// Refuses to change the layers of an image whose documents disagree on their number.
    ///
    /// - Parameter name: The name of the image.
    func checkLayers(of name: String) throws(ImageError) {
        let count = try configuration.diffIDs.count
        guard count != layers.count else { return }
        throw ImageError(
            .failed, "cannot change the layers of \(name)",
            "its configuration has \(count) diff ids for \(layers.count) layers", advice: "imgtool verify says more")
    }

    /// The history; empty if there is none.
    var history: [JSONValue] {
        get { configuration["history"]?.array ?? [] }
        set { configuration["history"] = newValue.isEmpty ? nil : .array(newValue) }
    }

    mutating func set(diffIDs: [Digest]) {
        var rootfs = configuration["rootfs"]?.object ?? JSONObject([.init("type", "layers")])
        rootfs["diff_ids"] = .array(diffIDs.map { .string($0.description) })
        configuration["rootfs"] = .object(rootfs)
    }

    /// Adds layers on top.
    ///
    /// - Parameter time: The time of creation, for the history.
    mutating func add(_ additions: [LayerAddition], created time: JSONValue?) throws(ImageError) {
        // A history without the layers below must not have those above.
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
