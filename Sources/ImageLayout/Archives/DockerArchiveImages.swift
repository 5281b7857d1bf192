internal import Archive
internal import JSON
internal import OCI

/// The images described by the `manifest.json` of `docker save`.
///
/// It has configurations and layers, but no manifests. They are created here, deterministically.
struct DockerArchiveImages {
    private(set) var index = LayoutIndex()
    private(set) var blobs: [Digest: ArchiveContent.Blob] = [:]

    private let file: ArchiveFile
    private let attempt: String

    /// - Parameter manifest: The content of `manifest.json`.
    init(_ manifest: [UInt8], in file: ArchiveFile, attempt: String) throws(ImageError) {
        self.file = file
        self.attempt = attempt
        let json: JSONValue
        do {
            json = try JSONValue(parsing: manifest)
        } catch {
            throw ImageError(.failed, attempt, "its manifest.json is not JSON: \(error)")
        }
        for image in json.array ?? [] {
            let described = try describe(image)
            let tags = image["RepoTags"]?.array?.compactMap(\.string) ?? []
            for tag in tags {
                var entry = described
                entry.annotations = [AnnotationKey.containerdName: Self.fullName(tag)]
                index.append(entry)
            }
            if tags.isEmpty { index.append(described) }
        }
    }

    /// Creates the manifest of an image.
    private mutating func describe(_ image: JSONValue) throws(ImageError) -> Descriptor {
        let configExtent = try extent(of: image["Config"]?.string ?? "")
        let configBytes = try file.bytes(of: configExtent)
        guard let config = try? JSONValue(parsing: configBytes), config.object != nil else {
            throw ImageError(.failed, attempt, "the configuration of an image is not JSON")
        }
        let configuration = Descriptor(
            mediaType: MediaType.ociConfig, digest: Digest(of: configBytes), size: Int64(configBytes.count))
        blobs[configuration.digest] = .packed(configExtent)
        let names = image["Layers"]?.array?.map { $0.string ?? "" } ?? []
        let diffIDs = config["rootfs"]?["diff_ids"]?.array?.map { $0.string ?? "" } ?? []
        guard names.count == diffIDs.count else {
            throw ImageError(
                .verification, attempt, "an image has \(names.count) layers, but \(diffIDs.count) diff ids")
        }
        var layers: [JSONValue] = []
        for (name, diffID) in zip(names, diffIDs) { layers.append(try layer(name, diffID).json) }
        let content = JSONDocument([
            "schemaVersion": 2, "mediaType": .string(MediaType.ociManifest), "config": configuration.json,
            "layers": .array(layers),
        ])
        let digest = Digest(of: content.bytes)
        blobs[digest] = .made(content.bytes)
        return Descriptor(mediaType: MediaType.ociManifest, digest: digest, size: Int64(content.bytes.count))
    }

    private mutating func layer(_ name: String, _ diffID: String) throws(ImageError) -> Descriptor {
        let extent = try extent(of: name)
        let format = CompressionFormat(firstBytes: try file.bytes(of: extent, atMost: 6))
        let digest: Digest
        let type: LayerMediaType
        switch format {
        // If the digest is wrong, reading the layer will fail.
        case .none: (digest, type) = (try Digest(diffID), .tar)
        case .gzip: (digest, type) = (try compressedDigest(name, extent), .gzip)
        case .zstd: (digest, type) = (try compressedDigest(name, extent), .zstd)
        case .bzip2, .xz:
            throw ImageError(.failed, attempt, "the layer \(name) is compressed with \(format.rawValue)")
        }
        blobs[digest] = .packed(extent)
        return Descriptor(mediaType: type.oci, digest: digest, size: extent.size)
    }

    /// The digest in the name of a layer, or else that of its content.
    private func compressedDigest(_ name: String, _ extent: TarIndex.Extent) throws(ImageError) -> Digest {
        let parts = name.split(separator: "/")
        if parts.count == 3, parts[0] == "blobs", let digest = try? Digest("\(parts[1]):\(parts[2])") { return digest }
        return try file.digest(of: extent)
    }

    private func extent(of path: String) throws(ImageError) -> TarIndex.Extent {
        guard let extent = file.extent(of: path) else {
            throw ImageError(.notFound, attempt, "manifest.json names \"\(path)\", which is not in the archive")
        }
        return extent
    }

    /// The full form of a name.
    private static func fullName(_ name: String) -> String {
        (try? Reference(parsing: name))?.description ?? name
    }
}
