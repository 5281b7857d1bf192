internal import Archive
internal import BuildPlan
internal import Concurrency
internal import Glibc
internal import ImageTools
internal import JSON
internal import OCI
internal import Units

/// The image for one platform: its configuration and manifest, and its layers.
struct AssembledImage: Sendable {
    struct Layer: Sendable {
        let diffID: Digest
        let descriptor: Descriptor
        let origin: Snapshot.Origin?
    }

    let platform: Platform
    let layers: [Layer]
    let configuration: [UInt8]
    let manifest: ManifestContent

    init(_ image: Build.Image, layers: [Layer], epoch: Int64?, export: ImageExport) throws(ImageError) {
        platform = image.plan.platform
        self.layers = layers
        configuration = Self.configuration(of: image, diffIDs: layers.map(\.diffID), epoch: epoch).bytes()
        let isDocker = export.usesDockerTypes
        let config = Descriptor(
            mediaType: isDocker ? MediaType.dockerConfig : MediaType.ociConfig, digest: Digest(of: configuration),
            size: Int64(configuration.count))
        var annotations: [String: String] = [:]
        for rule in export.annotations {
            for case .manifest(let wanted) in rule.targets where wanted.map({ $0.matches(image.plan.platform) }) ?? true
            {
                annotations[rule.key] = rule.value
            }
        }
        var object = JSONObject()
        object["schemaVersion"] = 2
        let type = isDocker ? MediaType.dockerManifest : MediaType.ociManifest
        object["mediaType"] = .string(type)
        object["config"] = config.json
        object["layers"] = .array(layers.map(\.descriptor.json))
        object["annotations"] = JSONValue(annotations: annotations)
        manifest = try ManifestContent(
            bytes: JSONValue.object(object).bytes(), mediaType: type, digest: nil,
            of: "the build's image for \(platform)")
    }

    // MARK: The configuration

    private static func configuration(of image: Build.Image, diffIDs: [Digest], epoch: Int64?) -> JSONValue {
        let (history, created) = history(of: image, epoch: epoch)
        var object = JSONObject()
        object["created"] = .string(created)
        object.members += image.plan.configuration.json.members
        object["rootfs"] = ["type": "layers", "diff_ids": .array(diffIDs.map { .string($0.description) })]
        object["history"] = .array(history)
        return .object(object)
    }

    /// The history, and the time of its last entry.
    ///
    /// An entry without a layer has the time of the last layer before it, so that equal builds at different times are
    /// equal.
    private static func history(of image: Build.Image, epoch: Int64?) -> ([JSONValue], String) {
        let firstLayer = image.plan.history.compactMap(\.step).compactMap { image.layers[$0]?.created }.first
        var time = RFC3339.text(seconds: epoch ?? firstLayer ?? 0)
        var entries: [JSONValue] = []
        for item in image.plan.history {
            var entry = item.entry
            if item.isInherited {
                time = entry["created"]?.string ?? time
                entries.append(.object(entry))
                continue
            }
            if let step = item.step, let made = image.layers[step] {
                time = RFC3339.text(seconds: epoch ?? made.created)
            } else {
                entry["empty_layer"] = true
                if let epoch { time = RFC3339.text(seconds: epoch) }
            }
            var dated = JSONObject()
            dated["created"] = .string(time)
            dated.members += entry.members
            entries.append(.object(dated))
        }
        return (entries, time)
    }
}

extension Build {
    /// Creates the manifests of a build's images, and their blobs unless they exist already.
    ///
    /// - Throws: ``ImageError``; `CancellationError`.
    package func assemble(
        _ images: [Image], export: ImageExport, library: ImageLibrary
    ) async throws -> EngineImages {
        let epoch = export.epoch ?? inputs.epoch
        let form = BuildLayers.BlobFormat(compression: export.compression, epoch: export.keepsTimes ? nil : epoch)
        let conversion = export.recompresses ? LayerConversion(to: export.compression, layers, library) : nil
        let assembled = try await images.concurrentMap { image in
            let layers = try await image.snapshot.layers.concurrentMap { layer in
                let converted = try await conversion?.blob(of: layer)
                let blob = if let converted { converted } else { try await self.layers.blob(of: layer, form) }
                var descriptor = blob.descriptor
                // A type that the family does not have stays as it is.
                if let type = MediaType.name(of: descriptor.mediaType, in: export.usesDockerTypes ? .docker : .oci) {
                    descriptor.mediaType = type
                }
                return AssembledImage.Layer(
                    diffID: blob.diffID, descriptor: descriptor, origin: converted == nil ? layer.origin : nil)
            }
            return try AssembledImage(image, layers: layers, epoch: epoch, export: export)
        }
        return try EngineImages(assembled, export: export, layers: layers, library: library)
    }
}
