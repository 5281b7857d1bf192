internal import BuildEngine
internal import FileSystem
internal import ImageTools
internal import JSON
internal import OCI

/// Takes what a build has made to where its outputs say, and remembers what to tell of it.
struct BuildDelivery {
    private let build: Build
    private let images: [Build.Image]
    private let library: ImageLibrary
    private let stores: any ImageStores
    private let observer: any TransferObserver
    /// Each with the form that it has; outputs of one form share it.
    private var assembled: [(export: ImageExport, images: BuiltImages)] = []
    private var references: [Reference] = []
    private var usesStandardOutput = false

    init(
        _ build: Build, _ images: [Build.Image], images library: ImageLibrary, stores: any ImageStores,
        observer: any TransferObserver
    ) {
        self.build = build
        self.images = images
        self.library = library
        self.stores = stores
        self.observer = observer
    }

    /// - Throws: ``ImageError``.
    mutating func deliver(_ output: BuildOutput) async throws {
        switch output.kind {
        case .image(let names, let stores, let pushes, let byDigest):
            let targets = try names.flatMap { name throws(ImageError) in
                try Self.targets(Reference(parsing: name), stores: stores, pushes: pushes)
            }
            for target in targets { try await copy(to: target, byDigest: byDigest, output.export) }
        case .archive(let isDocker, let destination, let name):
            let scheme = isDocker ? "docker-archive" : "oci-archive"
            usesStandardOutput = usesStandardOutput || destination == "-"
            let suffix =
                try name.map { name throws(ImageError) in try Self.suffix(Reference(parsing: name), isDocker) } ?? ""
            try await copy(to: Reference(parsing: "\(scheme):\(destination)\(suffix)"), output.export)
        case .layout(let destination, let name):
            let tag =
                try name.map { name throws(ImageError) in try Reference(parsing: name).tag ?? "latest" } ?? "latest"
            try await copy(to: Reference(.layout(path: destination), tag: tag), output.export)
        case .files(let destination, let isArchive):
            usesStandardOutput = usesStandardOutput || destination == "-"
            try await build.exportFiles(
                of: images, to: destination, isArchive: isArchive, epoch: output.export.epoch)
        case .nothing: break
        }
    }

    /// A name of the image's own place keeps it; a name in a registry is that of the store's entry, too.
    private static func targets(_ name: Reference, stores: Bool, pushes: Bool) -> [Reference] {
        guard case .repository(let repository) = name.location else { return [name] }
        return (stores ? [Reference(.stored(repository), tag: name.tag)] : []) + (pushes ? [name] : [])
    }

    private static func suffix(_ name: Reference, _ isDocker: Bool) -> String {
        guard isDocker else { return ":\(name.tag ?? Reference.defaultTag)" }
        return ":\(name.location.description):\(name.tag ?? Reference.defaultTag)"
    }

    private mutating func copy(to target: Reference, byDigest: Bool = false, _ export: ImageExport) async throws {
        let images = try await images(in: export)
        let copier = ImageCopier(
            to: try stores.destination(at: target.location), observer: observer, memory: ImageMemory())
        let tag = target.tag ?? Reference.defaultTag
        do {
            try await copier.copy(images.top, from: images, as: byDigest ? .digest : .tag(tag))
        } catch let error as ImageError where error.code == .verification {
            guard try await build.removeDamagedBlobs(of: self.images) else { throw error }
            throw ImageError(
                .verification, error.attempt, "its file in the build cache was damaged, and is removed",
                advice: "build again")
        }
        references.append(Reference(target.location, tag: byDigest ? nil : tag, digest: images.top.digest))
    }

    private mutating func images(in export: ImageExport) async throws -> BuiltImages {
        if let known = assembled.first(where: { $0.export == export }) { return known.images }
        let made = try await build.assemble(images, export: export, library: library)
        assembled.append((export, made))
        return made
    }

    // MARK: What is told

    /// The names that the images have now; just their digest where they have none.
    var lines: [String] {
        if usesStandardOutput { return [] }
        if !references.isEmpty { return references.map(\.description) }
        return assembled.map { $0.images.top.digest.description }
    }

    /// The summary with what is known of the images now.
    func completed(_ summary: BuildSummary) -> BuildSummary {
        var summary = summary
        for entry in assembled.first?.images.entries ?? [] {
            guard let index = summary.images.firstIndex(where: { $0.platform == entry.platform }) else { continue }
            summary.images[index].digest = entry.manifest.digest
            summary.images[index].size = entry.size
        }
        return summary
    }

    /// Writes the files that `--metadata-file` and `--iidfile` name.
    mutating func writeRecords(metadata: String?, identity: String?) async throws {
        guard metadata != nil || identity != nil else { return }
        let made = try await images(in: assembled.first?.export ?? ImageExport())
        if let identity {
            // Of a single image docker's tools expect the configuration's digest.
            let digest = made.top.isIndex ? made.top.digest : made.entries[0].configuration
            try Self.write(Array(digest.description.utf8), to: identity, for: "--iidfile")
        }
        if let metadata {
            try Self.write(record(of: made).bytes() + [UInt8(ascii: "\n")], to: metadata, for: "--metadata-file")
        }
    }

    private func record(of made: BuiltImages) -> JSONValue {
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
                references.map { Reference($0.location, tag: $0.tag).description }.joined(separator: ","))
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
            try File.replace(path, with: bytes)
        } catch {
            throw ImageError(.failed, "cannot write \(path) for \(flag)", error.reason)
        }
    }
}
