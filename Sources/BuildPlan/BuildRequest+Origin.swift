internal import DockerfileLanguage
internal import OCI

/// The meaning of a name in FROM, or in `--from` of COPY and mounts.
enum Origin {
    case stage(Stage)
    /// A local folder, by its name in `--build-context`.
    case folder(String)
    /// A reference to an image.
    case image(String)
    /// No files: `scratch`.
    case nothing
}

extension BuildRequest {
    /// The origin that a stage starts from, or that replaces it if `--build-context` has its name.
    ///
    /// - Throws: ``DockerfileError`` for files of this machine.
    func origin(of base: GlobalScope.Base, for stage: Stage) throws(DockerfileError) -> Origin {
        if let replacement = replacement(of: stage) { return replacement }
        if let other = dockerfile.base(base.name, of: stage) { return .stage(other) }
        if let replacement = replacement(of: base.name) { return replacement }
        return try Self.named(base.name, at: stage.from.base.range)
    }

    /// The origin named by `--from` of COPY or of a mount.
    ///
    /// - Throws: ``DockerfileError`` for a stage that does not exist or is not above this one, and for files of this machine.
    func origin(of from: CopyFrom, isMount: Bool, for stage: Stage) throws(DockerfileError) -> Origin {
        let replacement = replacement(of: from.name)
        do {
            let other = try isMount ? dockerfile.mountSource(from, for: stage) : dockerfile.source(from, for: stage)
            if let other { return .stage(other) }
        } catch {
            guard replacement != nil else { throw error }
        }
        if let replacement { return replacement }
        return try Self.named(from.name, at: from.range)
    }

    /// The origin that replaces a stage and its instructions.
    func replacement(of stage: Stage) -> Origin? {
        stage.name.flatMap(replacement)
    }

    /// The origin that a Dockerfile names. Layouts and archives are files of the user, who alone may choose those that a
    /// build reads.
    private static func named(_ name: String, at range: SourceRange) throws(DockerfileError) -> Origin {
        switch (try? Reference(parsing: name))?.location {
        case .layout, .archive:
            throw DockerfileError(
                at: range, "\(name) is in files of this machine, which a Dockerfile does not choose",
                advice: "use another name for it, and say with --build-context NAME=\(name) what that means")
        default: return image(name)
        }
    }

    private static func image(_ name: String) -> Origin {
        name == "scratch" ? .nothing : .image(name)
    }

    /// The origin that `--build-context` gives to a name. Either may omit the default registry and tag.
    func replacement(of name: String) -> Origin? {
        if contexts.isEmpty || ["scratch", "context"].contains(name.lowercased()) { return nil }
        let wanted = Self.full(name)
        let keys = contexts[name] == nil ? contexts.keys.sorted().filter { Self.full($0) == wanted } : [name]
        guard let key = keys.first, let context = contexts[key] else { return nil }
        return switch context {
        case .folder: .folder(key)
        case .image(let reference): Self.image(reference)
        }
    }

    private static func full(_ name: String) -> String {
        (try? Reference(parsing: name))?.description ?? name
    }
}
