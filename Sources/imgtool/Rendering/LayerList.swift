internal import Concurrency
internal import ImageTools
internal import OCI
internal import Spelling
internal import Terminal
internal import Units

/// The layers of an image with their sizes, for display.
enum LayerList {
    static func text(of view: ImageView) async throws -> String {
        let blocks = try await view.manifests().concurrentMap { platform, entry in
            try block(platform, view.content.isIndex ? await view.child(entry).content : view.content)
        }
        return blocks.joined(separator: "\n")
    }

    private static func block(_ platform: Platform?, _ content: ManifestContent) throws -> String {
        let layers = try content.imageManifest().layers
        var table = TextTable([.init(""), .init("", .right), .init("")])
        for layer in layers {
            table.append(["  \(layer.digest)", ByteSize(layer.size).description, layer.mediaType])
        }
        let sum = ByteSize(layers.map(\.size).cappedSum)
        let count = layers.count == 1 ? "1 layer" : "\(layers.count) layers"
        return "\((platform?.fullDescription ?? content.digest.description).escaped): \(count), \(sum)\n\(table.text)"
    }
}
