internal import BuildEngine
internal import FileSystem
internal import ImageTools
internal import JSON
internal import OCI

/// Delivers the result of a build to its outputs, and collects what to print.
struct BuildDelivery {
    private let result: any BuildResult
    private let stores: StoreDirectory
    private let observer: any TransferObserver
    /// The images for each export; outputs with equal exports share them.
    private var assembled: [(export: ImageExport, images: any BuiltImages)] = []
    private var references: [Reference] = []
    /// Images that are only in the cache.
    private var nameless: [Digest] = []
    /// A note about the result for the user.
    private(set) var note: String?
    private var usesStandardOutput = false

    init(_ result: any BuildResult, stores: StoreDirectory, observer: any TransferObserver) {
        self.result = result
        self.stores = stores
        self.observer = observer
    }

    /// - Throws: ``ImageError``.
    mutating func deliver(_ output: BuildOutput) async throws {
        switch output.kind {
        case .image(let targets): try await deliver(to: targets, output.export)
        case .archive(let isDocker, let destination, let names):
            usesStandardOutput = usesStandardOutput || destination == "-"
            let location = Reference.Location.archive(isDocker ? .docker : .oci, path: destination)
            try await copy(
                to: location, under: try names.map(OutputName.init(full:)), isShort: !isDocker, output.export)
        case .layout(let destination, let names):
            let names = try names.map(OutputName.init(full:))
            try await copy(
                to: .layout(path: destination), under: names.isEmpty ? [.latest] : names, isShort: true, output.export)
        case .files(let destination, let isArchive, let split):
            usesStandardOutput = usesStandardOutput || destination == "-"
            let files = try await result.exportFiles(
                to: destination, isArchive: isArchive, split: split, epoch: output.export.epoch)
            if let files { note = [note, files].compactMap { $0 }.joined(separator: "; ") }
        case .nothing: break
        }
    }

    private mutating func deliver(to targets: BuildOutput.ImageTargets, _ export: ImageExport) async throws {
        let made = try await images(in: export)
        if targets.names.isEmpty { note = Self.namelessNote }
        let locations = try targets.names.flatMap { name throws(ImageError) in
            try Self.locations(of: Reference(parsing: name), targets)
        }
        if locations.isEmpty { nameless.append(made.top.digest) }
        for text in targets.names {
            let name = try Reference(parsing: text)
            let tag = targets.byDigest ? nil : name.tag ?? Reference.defaultTag
            for location in Self.locations(of: name, targets) {
                let store = try stores.destination(ofBuilds: location, isInsecure: targets.isInsecure)
                try await copy(made, to: store, as: tag.map { .tag($0) } ?? .digest)
                references.append(Reference(location, tag: tag, digest: made.top.digest))
            }
        }
    }

    /// The locations of a name: its own for a reference in a store; for a name in a registry, the targets of the
    /// output.
    private static func locations(of name: Reference, _ targets: BuildOutput.ImageTargets) -> [Reference.Location] {
        guard case .repository(let repository) = name.location else { return [name.location] }
        return (targets.stores ? [.stored(repository)] : []) + (targets.pushes ? [name.location] : [])
    }

    /// The name of an image in an archive or a layout.
    private struct OutputName {
        /// Including the repository, if there is one.
        let full: String
        let tag: String

        static let latest = OutputName(full: Reference.defaultTag, tag: Reference.defaultTag)

        private init(full: String, tag: String) {
            self.full = full
            self.tag = tag
        }

        init(full text: String) throws(ImageError) {
            let name = try Reference(parsing: text)
            tag = name.tag ?? Reference.defaultTag
            full = name.location.repository.map { "\($0):\(name.tag ?? Reference.defaultTag)" } ?? tag
        }
    }

    /// - Parameter isShort: True if the location takes tags, although it stores full names.
    private mutating func copy(
        to location: Reference.Location, under names: [OutputName], isShort: Bool, _ export: ImageExport
    ) async throws {
        let made = try await images(in: export)
        let store = try stores.destination(at: location)
        if names.isEmpty {
            try await copy(made, to: store, as: .digest)
            references.append(Reference(location, digest: made.top.digest))
        }
        for name in names {
            try await copy(made, to: store, as: .tag(name.full))
            let reference = Reference(location, tag: isShort ? name.tag : name.full, digest: made.top.digest)
            if !references.contains(reference) { references.append(reference) }
        }
    }

    private func copy(_ made: any BuiltImages, to store: any ImageDestination, as naming: ManifestNaming) async throws {
        let copier = ImageCopier(to: store, observer: observer, cache: ImageCache())
        do {
            try await copier.copy(made.top, from: made, as: naming)
        } catch let error as ImageError where error.code == .verification {
            guard try await result.removeDamagedBlobs() else { throw error }
            throw ImageError(
                .verification, error.attempt, "its file in the build cache was damaged, and is removed",
                advice: "build again")
        }
    }

    private mutating func images(in export: ImageExport) async throws -> any BuiltImages {
        if let known = assembled.first(where: { $0.export == export }) { return known.images }
        let made = try await result.assemble(export)
        assembled.append((export, made))
        return made
    }

    // MARK: Output

    /// The new names of the images; only the digest for an image without a name.
    var lines: [String] {
        usesStandardOutput ? [] : references.map(\.description) + nameless.map(\.description)
    }

    private static let namelessNote =
        "the image has no name, so it is in the build cache alone; build it with -t NAME, and the local store has it as "
        + "store:NAME"

    /// The summary with the digests and sizes of the images.
    func completed(_ summary: BuildSummary) -> BuildSummary {
        var summary = summary
        for entry in assembled.first?.images.entries ?? [] {
            guard let index = summary.images.firstIndex(where: { $0.platform == entry.platform }) else { continue }
            summary.images[index].digest = entry.manifest.digest
            summary.images[index].size = entry.size
        }
        return summary
    }

    /// Writes the files for `--metadata-file` and `--iidfile`.
    mutating func writeRecords(metadata: String?, identity: String?) async throws {
        guard metadata != nil || identity != nil else { return }
        let made = try await images(in: assembled.first?.export ?? ImageExport())
        if let identity {
            // For a single image, Docker's tools expect the configuration's digest.
            let digest = made.top.isIndex ? made.top.digest : made.entries[0].configuration
            try Self.write(Array(digest.description.utf8), to: identity, for: "--iidfile")
        }
        if let metadata {
            try Self.write(record(of: made).bytes() + [UInt8(ascii: "\n")], to: metadata, for: "--metadata-file")
        }
    }

    private func record(of made: any BuiltImages) -> JSONValue {
        var object = JSONObject()
        if !made.top.isIndex {
            object["containerimage.config.digest"] = .string(made.entries[0].configuration.description)
        }
        object["containerimage.descriptor"] = made.top.descriptor.json
        object["containerimage.digest"] = .string(made.top.digest.description)
        object["image.name"] =
            references.isEmpty
            ? nil
            : .string(
                references.map { $0.location.description + ($0.tag.map { ":\($0)" } ?? "") }.joined(separator: ","))
        let platforms = made.entries.map { entry -> JSONObject.Member in
            var platform = JSONObject()
            platform["containerimage.digest"] = .string(entry.manifest.digest.description)
            platform["containerimage.config.digest"] = .string(entry.configuration.description)
            platform["containerimage.descriptor"] = entry.manifest.descriptor.json
            return .init(entry.platform.fullDescription, .object(platform))
        }
        object["imgtool.platforms"] = .object(JSONObject(platforms))
        return .object(object)
    }

    private static func write(_ bytes: [UInt8], to path: String, for flag: String) throws {
        do {
            try OutputFile.write(bytes, to: path)
        } catch {
            throw ImageError(.failed, "cannot write \(path) for \(flag)", error.reason)
        }
    }
}
