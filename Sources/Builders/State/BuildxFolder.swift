internal import OCI

/// The builders of docker buildx. They are read, and never changed.
struct BuildxFolder: Sendable {
    let path: String

    /// All builders, sorted by name.
    ///
    /// - Throws: ``ImageError`` if the folder cannot be listed.
    func all() throws(ImageError) -> [BuilderListing] {
        var listings: [BuilderListing] = []
        for name in try ConfigurationText.names(in: "\(path)/instances") where BuilderName.isValid(name) {
            do throws(ImageError) {
                if let builder = try named(name) { listings.append(.init(name: name, definition: .success(builder))) }
            } catch {
                listings.append(.init(name: name, definition: .failure(error)))
            }
        }
        return listings
    }

    /// - Throws: ``ImageError`` if its file cannot be read.
    func named(_ name: String) throws(ImageError) -> BuilderDefinition? {
        let file = "\(path)/instances/\(name)"
        guard let bytes = try ConfigurationText.read(file, about: "the builder \(name)") else { return nil }
        do {
            return try BuilderDefinition(parsing: bytes, origin: .buildx, lastActivity: lastActivity(of: name))
        } catch {
            throw ImageError(
                .failed, "cannot read the builder \(name) of docker buildx from \(file)", "\(error)",
                advice: "docker buildx rm \(name) removes it")
        }
    }

    /// The time of a builder's last activity in buildx, in seconds since 1970. Names of docker contexts are accepted.
    func lastActivity(of name: String) -> Int64? { ConfigurationText.lastChange("\(path)/activity/\(name)") }

    /// The selection of buildx; empty if its files cannot be read.
    func selection(for key: String) -> BuilderSelection {
        var selection = BuilderSelection()
        if let bytes = try? ConfigurationText.read("\(path)/current", about: "the current builder"),
            let current = try? BuilderSelection(parsing: bytes)
        {
            selection = current
        }
        let hash = BuilderSelection.hash(key)
        if let bytes = try? ConfigurationText.read("\(path)/defaults/\(hash)", about: "the default builder") {
            selection.defaults = [hash: String(decoding: bytes, as: UTF8.self)]
        }
        return selection
    }
}
