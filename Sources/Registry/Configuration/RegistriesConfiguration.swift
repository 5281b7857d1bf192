internal import FileSystem
package import OCI

/// Mirrors, alternative locations and rules for registries (containers-registries.conf(5), version 2).
///
/// Short names, `unqualified-search-registries` and `credential-helpers` are ignored. Of version 1, the lists of
/// insecure and blocked registries are supported.
package struct RegistriesConfiguration: Sendable {
    private var entries: [RegistryEntry] = []

    /// No rules: every repository is at its own name.
    package init() {}

    /// Reads the configuration.
    ///
    /// The main file is `$CONTAINERS_REGISTRIES_CONF`, else `registries.conf` in the user's containers folder, else
    /// `/etc/containers/registries.conf`. It is followed by the `*.conf` files in the folder `registries.conf.d` beside
    /// it, in the order of their names; those of the system are followed by those of the user. A later table replaces
    /// an earlier one with the same prefix. Only a file named by the variable has to exist.
    ///
    /// - Throws: ``ImageError`` of code `failed` with the file in question.
    package init(_ locations: ConfigurationLocations) throws(ImageError) {
        let user = "\(locations.userContainers)/registries.conf"
        let system = "\(locations.systemContainers)/registries.conf"
        if let explicit = locations.variable("CONTAINERS_REGISTRIES_CONF") {
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

    /// The endpoints from which to read a repository, in order: its mirrors, then the repository itself.
    ///
    /// - Parameter reference: The reference to read, since some mirrors are for tags or digests only; `nil` for
    ///   requests that only complete mirrors can answer, such as a list of tags.
    /// - Throws: ``ImageError`` of code `denied` if the configuration blocks the repository; of code `failed` if its
    ///   rules do not yield a repository.
    package func endpoints(
        for repository: Repository, reference: ManifestReference?
    ) throws(ImageError) -> [RegistryEndpoint] {
        guard let (entry, length) = entry(for: repository, reference) else {
            return [RegistryEndpoint(repository: repository)]
        }
        try refuseBlocked(repository, entry)
        var endpoints: [RegistryEndpoint] = []
        for mirror in entry.mirrors where mirror.serves(reference) {
            let location = try remap(repository, length, to: mirror.location, entry)
            endpoints.append(RegistryEndpoint(repository: location, insecure: mirror.insecure, isMirror: true))
        }
        let location = try remap(repository, length, to: entry.location, entry)
        endpoints.append(RegistryEndpoint(repository: location, insecure: entry.insecure))
        return endpoints
    }

    /// The endpoint to which to write a repository: always its own name, since mirrors and alternative locations are
    /// read-only.
    ///
    /// - Throws: ``ImageError`` of code `denied` if the configuration blocks the repository.
    package func primary(for repository: Repository) throws(ImageError) -> RegistryEndpoint {
        guard let (entry, _) = entry(for: repository, nil) else { return RegistryEndpoint(repository: repository) }
        try refuseBlocked(repository, entry)
        return RegistryEndpoint(repository: repository, insecure: entry.insecure)
    }

    // MARK: Rules

    /// The entry with the longest matching prefix, and the number of bytes of the name that it covers.
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

    /// - Returns: True if the file exists.
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
