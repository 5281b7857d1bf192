package import OCI
package import Registry

/// All builders: the built-in one, those of imgtool's configuration, those of docker buildx, and docker contexts.
///
/// Of several with one name, the first of these counts. Only those in imgtool's own configuration can be changed.
package struct BuilderDirectory: Sendable {
    package let contexts: DockerContexts
    /// The folder for sockets of this user's programs: `$XDG_RUNTIME_DIR`.
    package let runtimeFolder: String?
    private let own: BuilderFolder
    private let buildx: BuildxFolder
    /// True if the builder selected in buildx counts when none is selected here.
    private let followsBuildx: Bool

    package init(_ locations: ConfigurationLocations, followsBuildx: Bool = false) {
        let locations = BuilderLocations(locations)
        contexts = DockerContexts(locations)
        runtimeFolder = locations.variable("XDG_RUNTIME_DIR")
        own = BuilderFolder(path: locations.own)
        buildx = BuildxFolder(path: locations.buildx)
        self.followsBuildx = followsBuildx
    }

    /// All builders: first those of configurations, by name, then the built-in one, then docker contexts, by name.
    ///
    /// - Throws: ``ImageError`` if a folder cannot be listed.
    package func all() throws(ImageError) -> [BuilderListing] {
        var listings = try own.all()
        var names = Set(listings.map(\.name))
        listings += try buildx.all().filter { names.insert($0.name).inserted }
        listings.sort { $0.name < $1.name }
        listings.append(.init(name: BuilderDefinition.builtInName, definition: .success(.builtIn)))
        for context in try contexts.all() where names.insert(context.name).inserted {
            listings.append(.init(name: context.name, definition: .success(builder(of: context))))
        }
        return listings
    }

    /// The builder with a name, in any letter case.
    ///
    /// - Throws: ``ImageError``, of code `notFound` if there is none.
    package func named(_ name: String) throws(ImageError) -> BuilderDefinition {
        if let builder = try find(name) { return builder }
        throw ImageError(
            .notFound, "cannot find the builder \(name)",
            "there is no such builder, and no docker context of that name",
            advice: "imgtool builder ls shows what there is")
    }

    /// The builder with a name; `nil` if there is none.
    ///
    /// - Throws: ``ImageError``.
    package func find(_ name: String) throws(ImageError) -> BuilderDefinition? {
        let stored = name.lowercased()
        if stored == BuilderDefinition.builtInName { return .builtIn }
        if BuilderName.isValid(name) {
            if let builder = try own.named(stored) { return builder }
            if let builder = try buildx.named(stored) { return builder }
        }
        return try contexts.all().first { $0.name == name }.map(builder)
    }

    private func builder(of context: DockerContext) -> BuilderDefinition {
        let node = BuilderNode(name: context.name, driver: .docker, endpoint: context.name)
        return BuilderDefinition(
            name: context.name, nodes: [node], origin: .context, lastActivity: buildx.lastActivity(of: context.name))
    }

    // MARK: Selection

    /// The builder that is used when none is named.
    ///
    /// - Throws: ``ImageError``.
    package func current() throws(ImageError) -> BuilderDefinition {
        let selection = try own.selection()
        // The usual case needs nothing else.
        if selection == BuilderSelection(), !followsBuildx { return .builtIn }
        let key = try contexts.currentKey()
        var names = selection.names(for: key)
        if followsBuildx { names += buildx.selection(for: key).names(for: key) }
        for name in names { if let builder = try find(name) { return builder } }
        return .builtIn
    }

    /// Selects a builder for the current docker context.
    ///
    /// - Parameters:
    ///   - isGlobal: True to select it in all contexts.
    ///   - isDefault: True to select it whenever nothing else is selected in this context.
    /// - Throws: ``ImageError``; `CancellationError`.
    package func select(_ builder: BuilderDefinition, isGlobal: Bool = false, isDefault: Bool = false) async throws {
        let key = try contexts.currentKey()
        try await own.changing { change in
            var selection = try own.selection()
            selection.select(builder.name, for: key, isGlobal: isGlobal, isDefault: isDefault)
            try change.save(selection)
        }
    }

    // MARK: Changes

    /// Changes or creates a builder. No other process changes it meanwhile.
    ///
    /// - Parameter body: Returns the new definition; receives the old one, if there is any.
    /// - Throws: ``ImageError``; `CancellationError`; what `body` throws.
    package func change(
        _ name: String, _ body: (BuilderDefinition?) throws -> BuilderDefinition
    ) async throws -> BuilderDefinition {
        try await own.changing { change in
            let existing = try find(name)
            if let existing { try Self.checkOwn(existing, to: "change") }
            let builder = try body(existing)
            try change.save(builder)
            return builder
        }
    }

    /// Removes a builder's definition, and nothing else.
    ///
    /// - Throws: ``ImageError``; `CancellationError`.
    package func remove(_ name: String) async throws {
        let stored = name.lowercased()
        try await own.changing { change in
            // A damaged definition can be removed, too.
            let isThere = try change.remove(stored)
            if !isThere {
                try Self.checkOwn(try named(name), to: "remove")
                return
            }
            var selection = try own.selection()
            guard selection.forget(stored) else { return }
            try change.save(selection)
        }
    }

    /// Sets the time of a builder's last activity to now.
    package func noteActivity(of builder: BuilderDefinition) {
        if builder.origin == .own { own.refresh(builder.name) }
    }

    /// - Throws: ``ImageError`` if the builder is not in imgtool's own configuration.
    package static func checkOwn(_ builder: BuilderDefinition, to verb: String) throws(ImageError) {
        if builder.origin == .own { return }
        let (reason, advice): (String, String?) =
            switch builder.origin {
            case .own, .builtIn: ("it is the engine of imgtool on this machine", nil)
            case .buildx: ("it belongs to docker buildx", "use docker buildx, or another name")
            case .context: ("it is a docker context", "use docker context, or another name")
            }
        throw ImageError(.usage, "cannot \(verb) the builder \(builder.name)", reason, advice: advice)
    }
}
