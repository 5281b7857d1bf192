internal import FileSystem
package import OCI

/// Mirrors, other locations and rules for registries (containers-registries.conf(5), version 2).
///
/// Short names, `unqualified-search-registries` and `credential-helpers` are not for imgtool and are ignored. Of the
/// old version 1 the lists of insecure and blocked registries are honoured.
package struct RegistriesConfiguration: Sendable {
    private var entries: [RegistryEntry] = []

    /// No rules at all: every repository is where its name says.
    package init() {}

    /// Reads the configuration.
    ///
    /// The main file is `$CONTAINERS_REGISTRIES_CONF`, else `registries.conf` in the user's containers folder, else
    /// `/etc/containers/registries.conf`. After it come the `*.conf` files of the folder `registries.conf.d` beside it
    /// in the order of their names; after those of the system also those of the user. A later table with the same
    /// prefix replaces an earlier one. A file that was named by the variable must be there, the others need not.
    ///
    /// - Throws: ``ImageError`` of code `failed` that names the file which is wrong.
    package init(_ places: ConfigurationPlaces) throws(ImageError) {
        let user = "\(places.userContainers)/registries.conf"
        let system = "\(places.systemContainers)/registries.conf"
        if let explicit = places.variable("CONTAINERS_REGISTRIES_CONF") {
            guard try addFile(explicit) else {
                throw Self.refusal(
                    explicit, "it does not exist", advice: "correct or unset CONTAINERS_REGISTRIES_CONF")
            }
            try addFolder("\(explicit).d")
        } else if try addFile(user) {
            try addFolder("\(user).d")
        } else {
            try addFile(system)
            try addFolder("\(system).d")
            try addFolder("\(user).d")
        }
    }

    /// Where to read a repository from, in the order in which to ask: its mirrors, then the place itself.
    ///
    /// - Parameter reference: What is asked for, because some mirrors are for tags or digests only; `nil` for what only
    ///   a mirror of everything can answer, such as a list of tags.
    /// - Throws: ``ImageError`` of code `denied` when the configuration blocks the repository; of code `failed` when
    ///   its rules lead to no repository.
    package func endpoints(
        for repository: Repository, reference: ManifestReference?
    ) throws(ImageError) -> [RegistryEndpoint] {
        guard let (entry, length) = entry(for: repository, reference) else {
            return [RegistryEndpoint(repository: repository)]
        }
        try refuseBlocked(repository, entry)
        var endpoints: [RegistryEndpoint] = []
        for mirror in entry.mirrors where mirror.serves(reference) {
            let place = try remap(repository, length, to: mirror.location, entry)
            endpoints.append(RegistryEndpoint(repository: place, insecure: mirror.insecure, isMirror: true))
        }
        let place = try remap(repository, length, to: entry.location, entry)
        endpoints.append(RegistryEndpoint(repository: place, insecure: entry.insecure))
        return endpoints
    }

    /// Where to write a repository to: always where its name says, since mirrors and other locations are for reading
    /// only.
    ///
    /// - Throws: ``ImageError`` of code `denied` when the configuration blocks the repository.
    package func primary(for repository: Repository) throws(ImageError) -> RegistryEndpoint {
        guard let (entry, _) = entry(for: repository, nil) else { return RegistryEndpoint(repository: repository) }
        try refuseBlocked(repository, entry)
        return RegistryEndpoint(repository: repository, insecure: entry.insecure)
    }

    // MARK: Rules

    /// The entry with the longest prefix that matches, and how many bytes of the name it covers.
    private func entry(for repository: Repository, _ reference: ManifestReference?) -> (RegistryEntry, Int)? {
        let name =
            switch reference {
            case .tag(let tag): "\(repository):\(tag)"
            case .digest(let digest): "\(repository)@\(digest)"
            case nil: repository.description
            }
        var best: (entry: RegistryEntry, length: Int)?
        for entry in entries {
            guard let length = entry.match(name) else { continue }
            if best.map({ entry.prefix.utf8.count > $0.entry.prefix.utf8.count }) ?? true { best = (entry, length) }
        }
        return best
    }

    private func refuseBlocked(_ repository: Repository, _ entry: RegistryEntry) throws(ImageError) {
        guard entry.blocked else { return }
        throw ImageError(
            .denied, "cannot use \(repository)", "\(entry.file) blocks \(entry.prefix)",
            advice: "remove \"blocked = true\" there if that is no longer meant")
    }

    private func remap(
        _ repository: Repository, _ length: Int, to location: String, _ entry: RegistryEntry
    ) throws(ImageError) -> Repository {
        if location.isEmpty || location == entry.prefix { return repository }
        let rest = repository.description.utf8.dropFirst(length)
        let name = location + String(decoding: rest, as: UTF8.self)
        guard let slash = name.firstIndex(of: "/") else {
            throw Self.refusal(
                entry.file, "the location \"\(location)\" of \(entry.prefix) leaves \(repository) no path")
        }
        let path = name[name.index(after: slash)...].prefix { $0 != ":" && $0 != "@" }
        return Repository(host: String(name[..<slash]), path: String(path))
    }

    // MARK: Files

    /// - Returns: Whether there is such a file.
    @discardableResult
    private mutating func addFile(_ path: String) throws(ImageError) -> Bool {
        let bytes: [UInt8]?
        do {
            bytes = try ConfigurationFile.read(path)
        } catch {
            throw Self.refusal(path, error.reason)
        }
        guard let bytes else { return false }
        let added: [RegistryEntry]
        do {
            added = try RegistryEntry.parse(bytes, from: path)
        } catch {
            throw Self.refusal(path, "\(error)")
        }
        for entry in added {
            if let index = entries.firstIndex(where: { $0.prefix == entry.prefix }) {
                entries[index] = entry
            } else {
                entries.append(entry)
            }
        }
        return true
    }

    private mutating func addFolder(_ folder: String) throws(ImageError) {
        let names: [String]
        do {
            names = try ConfigurationFile.names(in: folder) ?? []
        } catch {
            throw Self.refusal(folder, error.reason)
        }
        for name in names where name.hasSuffix(".conf") { try addFile("\(folder)/\(name)") }
    }

    private static func refusal(_ path: String, _ reason: String, advice: String? = nil) -> ImageError {
        ImageError(.failed, "cannot use the configuration of registries in \(path)", reason, advice: advice)
    }
}
