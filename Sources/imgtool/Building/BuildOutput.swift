internal import Archive
internal import BuildEngine
internal import BuildPlan
internal import Glibc
internal import ImageTools
internal import OCI

/// One `--output`: what becomes of the images of a build.
struct BuildOutput {
    enum Kind {
        /// Under names, in the local store, in registries, or in both.
        case image(names: [String], stores: Bool, pushes: Bool, byDigest: Bool)
        /// An image as a file or folder: `-` for standard output.
        case archive(docker: Bool, destination: String, name: String?)
        case layout(destination: String, name: String?)
        /// The files, in a folder or as a tar archive.
        case files(destination: String, isArchive: Bool)
        /// Nothing but what the cache keeps.
        case nothing
    }

    var kind: Kind
    var export = ImageExport()
    /// As it was written, for messages.
    let text: String

    /// Reads what `--output` says: `type=…,KEY=VALUE,…`, a folder, or `-`.
    ///
    /// - Parameter tags: What `--tag` names.
    /// - Throws: ``ImageError`` of code `usage`.
    init(parsing text: String, tags: [String]) throws(ImageError) {
        self.text = text
        var fields = try OutputFields(text)
        guard fields.isList else {
            kind = .files(destination: text, isArchive: text == "-")
            return
        }
        let names = fields.take("name").map { $0.split(separator: ",").map(String.init) } ?? tags
        for name in names { _ = try Reference(parsing: name) }
        let destination = fields.take("dest")
        try Self.read(&fields, into: &export, text)
        let type = fields.take("type") ?? (destination == nil ? "image" : "local")
        func needed() throws(ImageError) -> String {
            if let destination { return destination }
            if isatty(STDOUT_FILENO) == 0, type != "local" { return "-" }
            throw ImageError(
                .usage, "cannot use --output \(text)", "it has no destination", advice: "add dest=PATH, or dest=-")
        }
        switch type {
        case "local": kind = .files(destination: try needed(), isArchive: false)
        case "tar": kind = .files(destination: try needed(), isArchive: true)
        case "oci" where try fields.truth("tar") == false:
            kind = .layout(destination: try needed(), name: names.first)
        case "oci": kind = .archive(docker: false, destination: try needed(), name: names.first)
        case "docker" where destination == nil && isatty(STDOUT_FILENO) != 0:
            kind = .image(names: names, stores: true, pushes: false, byDigest: false)
        case "docker":
            export.usesDockerTypes = true
            kind = .archive(docker: true, destination: try needed(), name: names.first)
        case "image", "registry":
            let pushes = try fields.truth("push") ?? (type == "registry")
            let byDigest = try fields.truth("push-by-digest") ?? false
            kind = .image(
                names: names, stores: try fields.truth("store") ?? !(pushes || byDigest), pushes: pushes || byDigest,
                byDigest: byDigest)
            if pushes || byDigest, names.isEmpty {
                throw ImageError(
                    .usage, "cannot use --output \(text)", "it has no name to push to",
                    advice: "add name=REF, or give --tag")
            }
        case "cacheonly": kind = .nothing
        default:
            throw ImageError(
                .usage, "cannot use --output \(text)", "there is no type \"\(type)\"",
                advice: "it is image, registry, oci, docker, local, tar or cacheonly")
        }
        try fields.refuseOthers()
    }

    init(_ kind: Kind, export: ImageExport) {
        self.kind = kind
        self.export = export
        text = ""
    }

    private static func read(
        _ fields: inout OutputFields, into export: inout ImageExport, _ text: String
    ) throws(ImageError) {
        let compression = fields.take("compression")
        let level = fields.take("compression-level").flatMap { Int($0) }
        if compression != nil || level != nil {
            do {
                export.compression = try LayerCompression(name: compression ?? "gzip", level: level)
            } catch {
                throw ImageError(.usage, "cannot use --output \(text)", error.description)
            }
        }
        if let time = fields.take("source-date-epoch"), !time.isEmpty {
            export.epoch = try SourceDateEpoch.seconds(time, as: "source-date-epoch")
        }
        if let isOCI = try fields.truth("oci-mediatypes") { export.usesDockerTypes = !isOCI }
        for (name, value) in fields.takeAll(prefix: "annotation") {
            let type = name.dropFirst("annotation".count)
            let prefix = type.hasPrefix(".") ? "" : String(type.dropFirst().prefix { $0 != "." }) + ":"
            let key = type.drop { $0 != "." }.dropFirst()
            export.annotations.append(try AnnotationRule(parsing: "\(prefix)\(key)=\(value)", makesManifests: true))
        }
        // What cannot change anything here is accepted, so that commands written for others go on working.
        for name in [
            "force-compression", "unpack", "attestation-inline", "buildinfo", "name-canonical",
            "dangling-name-prefix", "rewrite-timestamp", "platform-split", "registry.insecure",
        ] {
            _ = fields.take(name)
        }
    }
}

/// The fields of an `--output`.
private struct OutputFields {
    private let text: String
    private var fields: [(name: String, value: String?)] = []

    /// - Parameter text: Comma-separated; a field may be quoted, so that its value may have commas.
    init(_ text: String) throws(ImageError) {
        self.text = text
        for field in try BuildFlagText.fields(of: text, for: "--output") where !field.isEmpty {
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            fields.append((String(parts[0]), parts.count > 1 ? String(parts[1]) : nil))
        }
    }

    /// Whether it is not just a path.
    var isList: Bool { fields.contains { $0.name == "type" && $0.value != nil } }

    mutating func take(_ name: String) -> String? {
        guard let index = fields.firstIndex(where: { $0.name == name }) else { return nil }
        return fields.remove(at: index).value ?? ""
    }

    mutating func takeAll(prefix: String) -> [(name: String, value: String)] {
        let taken = fields.filter { $0.name.hasPrefix(prefix) && $0.name.contains(".") }
        fields.removeAll { $0.name.hasPrefix(prefix) && $0.name.contains(".") }
        return taken.map { ($0.name, $0.value ?? "") }
    }

    mutating func truth(_ name: String) throws(ImageError) -> Bool? {
        switch take(name) {
        case nil: nil
        case "", "true", "1": true
        case "false", "0": false
        case let other?:
            throw ImageError(
                .usage, "cannot use --output \(text)", "\(name) is true or false, not \"\(other)\"")
        }
    }

    func refuseOthers() throws(ImageError) {
        guard let other = fields.first else { return }
        throw ImageError(.usage, "cannot use --output \(text)", "it has no field \"\(other.name)\"")
    }
}
