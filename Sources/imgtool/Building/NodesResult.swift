internal import BuildEngine
internal import Builders
internal import OCI

/// The result of a build that nodes have shared.
struct NodesResult: BuildResult {
    private let order: [Platform]
    private var parts: [any NodePart] = []
    private var failed: [(platform: Platform, error: any Error)] = []

    /// - Parameter platforms: The platforms of the request, in its order.
    init(_ platforms: [Platform]) {
        order = platforms
    }

    mutating func add(_ part: any NodePart) { parts.append(part) }

    mutating func fail(_ platforms: [Platform], _ error: any Error) { failed += platforms.map { ($0, error) } }

    var platforms: [Platform] { sorted(parts.flatMap(\.platforms)) { $0 } }
    var failures: [(platform: Platform, error: any Error)] { sorted(failed) { $0.platform } }

    func assemble(_ export: ImageExport) async throws -> any BuiltImages {
        var images: [(image: BuiltImage, source: any ImageSource)] = []
        for part in parts {
            let made = try await part.images(in: export)
            images += made.images.map { ($0, made.source) }
        }
        return try NodeImages(sorted(images) { $0.image.platform }, export)
    }

    func exportFiles(
        to destination: String, isArchive: Bool, split: PlatformSplit, epoch: Int64?
    ) async throws -> String? {
        guard !isArchive || parts.count == 1 else {
            throw ImageError(
                .usage, "cannot write \(destination)", "the files come from several nodes",
                advice: "write them into a folder with --output type=local")
        }
        let isSplit = split == .always || split == .whenSeveral && platforms.count > 1
        var notes: [String] = []
        for part in parts {
            let note = try await part.exportFiles(
                to: destination, isArchive: isArchive, isSplit: isSplit, epoch: epoch)
            if let note { notes.append(note) }
        }
        return notes.isEmpty ? nil : notes.joined(separator: "; ")
    }

    func removeDamagedBlobs() async throws -> Bool {
        var found = false
        for part in parts where try await part.removeDamagedBlobs() { found = true }
        return found
    }

    /// Values in the order of the requested platforms.
    private func sorted<Value>(_ values: [Value], _ platform: (Value) -> Platform) -> [Value] {
        func index(_ value: Value) -> Int { order.firstIndex(of: platform(value)) ?? order.count }
        return values.sorted { index($0) < index($1) }
    }
}
