internal import FileSystem
internal import JSON
internal import OCI

/// The properties of an image in a list, stored beside its name so that listing thousands of images reads one file.
package struct ImageSummary: Sendable, Hashable {
    /// For example `linux/arm/v7`, in the order of the index, without attestations.
    package let platforms: [String]
    /// The size of the image for all platforms, in bytes.
    package let size: Int64
    /// The creation time (RFC 3339) in the configuration of the image, or of the first image of an index.
    package let created: String?
}

extension ImageSummary {
    private static let platformsKey = "dev.imgtool.platforms"
    private static let sizeKey = "dev.imgtool.size"
    private static let createdKey = "org.opencontainers.image.created"

    /// Returns true if the annotations were written by this program.
    static func isPart(of annotations: [String: String]) -> Bool { annotations[sizeKey] != nil }

    /// The summary in an entry's annotations, if it was written by this program.
    init?(annotations: [String: String]) {
        guard let text = annotations[Self.sizeKey], let size = Int64(text) else { return nil }
        self.size = size
        platforms = annotations[Self.platformsKey].map { $0.split(separator: ",").map(String.init) } ?? []
        created = annotations[Self.createdKey]
    }

    var annotations: [String: String] {
        var annotations = [Self.sizeKey: "\(size)"]
        annotations[Self.platformsKey] = platforms.isEmpty ? nil : platforms.joined(separator: ",")
        annotations[Self.createdKey] = created
        return annotations
    }

    /// Summarises an image in a layout.
    init(_ tree: LayoutTree, in layout: LayoutStore) {
        size = tree.size
        let listed = tree.manifests.first.map { Self.platforms(listedIn: $0) } ?? []
        let images = tree.manifests.lazy.compactMap { $0.blobs.first }.filter { MediaType.isImageConfig($0.mediaType) }
        let config = images.first.flatMap { layout.configuration($0) }
        created = config?["created"]?.string
        platforms = listed.isEmpty ? config.flatMap { Self.platform(configuredIn: $0) }.map { [$0] } ?? [] : listed
    }

    private static func platforms(listedIn view: ManifestView) -> [String] {
        view.children.compactMap { $0.imagePlatform?.normalized.fullDescription }
    }

    private static func platform(configuredIn config: JSONValue) -> String? {
        guard let platform = try? Platform(json: config, at: .root), !platform.architecture.isEmpty else { return nil }
        return platform.normalized.fullDescription
    }
}

extension LayoutStore {
    /// The configuration of an image, if it exists and is readable.
    fileprivate func configuration(_ blob: Descriptor) -> JSONValue? {
        let limit = Int(ManifestContent.maximumSize)
        return (try? File.read(blobPath(blob.digest), limit: limit, for: .content)).flatMap {
            try? JSONValue(parsing: $0)
        }
    }
}
