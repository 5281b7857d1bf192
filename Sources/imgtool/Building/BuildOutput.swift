internal import BuildEngine
internal import Glibc
internal import ImageTools
internal import OCI

/// An `--output`: the destination of a build's result.
struct BuildOutput {
    enum Kind: Equatable {
        /// An image under names, or without a name only in the cache.
        case image(ImageTargets)
        /// An image as a file or folder, or `-` for standard output.
        case archive(docker: Bool, destination: String, names: [String])
        case layout(destination: String, names: [String])
        /// The files, in a folder or as a tar archive.
        case files(destination: String, isArchive: Bool, split: PlatformSplit)
        /// Only the cache.
        case nothing
    }

    /// The targets of an image's names: the local store, registries, or both.
    struct ImageTargets: Equatable {
        var names: [String]
        var stores = false
        var pushes = false
        var byDigest = false
        /// True to accept any certificate, and plain HTTP, for registries.
        var isInsecure = false
    }

    var kind: Kind
    var export = ImageExport()
    /// True if timestamps are to be rewritten, which requires a latest time.
    private(set) var needsTime = false

    /// The form of the images; `nil` for an output that is no image.
    var imageExport: ImageExport? {
        switch kind {
        case .image, .archive, .layout: export
        case .files, .nothing: nil
        }
    }

    /// Parses `--output`: `type=…,KEY=VALUE,…`, a folder, or `-`.
    ///
    /// - Parameters:
    ///   - tags: The values of `--tag`.
    ///   - isMultiPlatform: True to treat a single platform like several.
    /// - Throws: ``ImageError`` of code `usage`. Fields that are not supported are refused, not ignored.
    init(parsing text: String, tags: [String], isMultiPlatform: Bool = false) throws(ImageError) {
        var fields = try OutputFields(text)
        let split = isMultiPlatform ? PlatformSplit.always : .whenSeveral
        guard fields.isList else {
            guard !text.isEmpty else {
                throw fields.refusal("it is empty", advice: "give it a folder, - for a tar archive, or type=TYPE")
            }
            kind = .files(destination: text, isArchive: text == "-", split: split)
            return
        }
        needsTime = fields.has("rewrite-timestamp")
        guard let type = fields.take("type") else {
            throw fields.refusal("it has no type", advice: "add type=image, registry, oci, docker, local or tar")
        }
        switch type {
        case "local", "tar":
            kind = try Self.files(&fields, isArchive: type == "tar", split)
            try export.takeTime(&fields)
        case "oci":
            try export.take(&fields)
            let isFolder = try fields.truth("tar") == false
            let destination = try Self.destination(&fields, isFolder: isFolder)
            let names = try Self.names(&fields, tags)
            kind =
                isFolder
                ? .layout(destination: destination, names: names)
                : .archive(docker: false, destination: destination, names: names)
        case "docker":
            kind = try Self.docker(&fields, tags)
            if case .archive = kind { export.usesDockerTypes = true }
            try export.take(&fields)
        case "image", "registry":
            try export.take(&fields)
            kind = .image(try Self.targets(&fields, tags, pushes: type == "registry"))
        case "cacheonly": kind = .nothing
        default:
            throw fields.refusal(
                "there is no type \"\(type)\"", advice: "it is image, registry, oci, docker, local, tar or cacheonly")
        }
        needsTime = needsTime && !export.keepsTimes && export.epoch == nil
        try fields.refuseOthers(of: type)
        export.alwaysIndexes = isMultiPlatform
    }

    init(_ kind: Kind, export: ImageExport) {
        self.kind = kind
        self.export = export
    }

    /// Checks the name of an image.
    static func check(name: String) throws(ImageError) {
        guard try Reference(parsing: name).digest != nil else { return }
        throw ImageError(
            .usage, "cannot name an image \(name)", "its digest is known when it is built", advice: "leave the @… out")
    }

    // MARK: Types

    private static func files(
        _ fields: inout OutputFields, isArchive: Bool, _ split: PlatformSplit
    ) throws(ImageError) -> Kind {
        let destination = try destination(&fields, isFolder: !isArchive)
        if let prefix = fields.take("attestation-prefix"), !prefix.isEmpty {
            throw fields.refusal("attestations are not supported yet, whose names would begin with \(prefix)")
        }
        let mode = fields.take("mode") ?? "copy"
        guard mode == "copy" else {
            throw fields.refusal(
                "mode is copy, not \"\(mode)\"", advice: "empty the folder before, if nothing else is to be in it")
        }
        let split = try fields.truth("platform-split").map { $0 ? PlatformSplit.always : .never } ?? split
        return .files(destination: destination, isArchive: isArchive, split: split)
    }

    private static func docker(_ fields: inout OutputFields, _ tags: [String]) throws(ImageError) -> Kind {
        if let context = fields.take("context"), !context.isEmpty {
            throw fields.refusal(
                "there is no connection to a Docker engine, so there is no context \"\(context)\"",
                advice: "pipe dest=- into docker --context \(context) load")
        }
        if try fields.truth("tar") == false {
            throw fields.refusal("docker load reads archives only", advice: "use type=oci,tar=false")
        }
        let names = try names(&fields, tags)
        if !fields.has("dest"), isatty(STDOUT_FILENO) != 0 {
            return .image(ImageTargets(names: names, stores: true))
        }
        return .archive(docker: true, destination: try destination(&fields, isFolder: false), names: names)
    }

    private static func targets(
        _ fields: inout OutputFields, _ tags: [String], pushes: Bool
    ) throws(ImageError) -> ImageTargets {
        var targets = ImageTargets(names: try names(&fields, tags))
        targets.byDigest = try fields.truth("push-by-digest") ?? false
        targets.pushes = try (fields.truth("push") ?? pushes) || targets.byDigest
        targets.stores = try fields.truth("store") ?? !targets.pushes
        targets.isInsecure = try fields.truth("registry.insecure") ?? false
        // Images in a registry or the store always have this name.
        _ = try fields.truth("name-canonical")
        try fields.refuse("unpack", because: "the local store keeps images as they are transferred")
        if let prefix = fields.take("dangling-name-prefix"), !prefix.isEmpty {
            throw fields.refusal("an image without a name stays in the cache", advice: "add name=\(prefix)")
        }
        if targets.pushes, targets.names.isEmpty {
            throw fields.refusal("it has no name to push to", advice: "add name=REF, or give --tag")
        }
        return targets
    }

    // MARK: Common fields

    private static func names(_ fields: inout OutputFields, _ tags: [String]) throws(ImageError) -> [String] {
        let names = fields.take("name").map { $0.split(separator: ",").map(String.init) } ?? tags
        for name in names { try check(name: name) }
        return names
    }

    /// The destination of files. Streams may go to standard output, unless that is a terminal.
    private static func destination(_ fields: inout OutputFields, isFolder: Bool) throws(ImageError) -> String {
        let given = fields.take("dest")
        if isFolder, given == "-" { throw fields.refusal("a folder cannot go to standard output") }
        if let given, !given.isEmpty {
            guard given == "-" || Self.isFolder(given).map({ $0 == isFolder }) ?? true else {
                throw fields.refusal("\(given) is \(isFolder ? "not a" : "a") folder")
            }
            return given
        }
        if !isFolder, isatty(STDOUT_FILENO) == 0 { return "-" }
        throw fields.refusal("it has no destination", advice: isFolder ? "add dest=PATH" : "add dest=PATH, or dest=-")
    }

    /// True for a folder, false for anything else; `nil` if the path does not exist or is not accessible.
    private static func isFolder(_ path: String) -> Bool? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        return status.st_mode & S_IFMT == S_IFDIR
    }
}
