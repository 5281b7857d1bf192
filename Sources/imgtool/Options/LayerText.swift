internal import Concurrency
internal import FileSystem
internal import ImageTools
internal import OCI
internal import Snapshots

/// Layers on the command line: `FILE`, or `DIR=/path`.
enum LayerText {
    static func parse(_ text: String) -> (text: String, input: LayerInput) {
        guard let separator = text.ranges(of: "=/").last else { return (text, .archive(path: text)) }
        let destination = text[text.index(after: separator.lowerBound)...]
        return (text, .folder(path: String(text[..<separator.lowerBound]), destination: String(destination)))
    }

    /// Creates the blobs of the layers, in files that disappear with the program.
    ///
    /// - Parameter epoch: The latest time for the files of folders, in seconds since 1970.
    /// - Throws: ``ImageError``; `CancellationError`.
    static func load(_ layers: [(text: String, input: LayerInput)], epoch: Int64?) async throws -> [LayerAddition] {
        var additions: [LayerAddition] = []
        for (text, input) in layers {
            let scratch = StoreDirectory.scratch
            let (layer, blob) = try await OwnThread.run { try input.packed(in: scratch, epoch: epoch) }
            let content = BlobContent(layer.descriptor, of: text) { FileStream(blob, from: $0) }
            additions.append(
                LayerAddition(content, diffID: layer.diffID, origin: "imgtool edit --append-layer \(text)"))
        }
        return additions
    }
}
