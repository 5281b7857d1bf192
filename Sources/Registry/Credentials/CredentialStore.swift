internal import Concurrency
internal import JSON
internal import OCI

/// The user's credentials for registries, from all the usual locations.
///
/// The locations are tried in order, and the first that has a credential wins. Credentials given for this run take
/// precedence over saved ones, locations named by environment variables over default ones, and the location that
/// ``save(_:host:)`` writes to over all other saved ones:
///
/// 1. the credential given to the initializer,
/// 2. the `auths` in the variable `DOCKER_AUTH_CONFIG`, in the format of config.json,
/// 3. the file `$REGISTRY_AUTH_FILE`,
/// 4. `$DOCKER_CONFIG/config.json`, by default `~/.docker/config.json`,
/// 5. unless `REGISTRY_AUTH_FILE` is set: `$XDG_RUNTIME_DIR/containers/auth.json`, then `containers/auth.json` in
///    `$XDG_CONFIG_HOME`, by default `~/.config` (containers-auth.json(5)).
///
/// In a file, the longest matching key wins, at the boundaries of path components. For the same key, the helper in
/// `credHelpers` or `credsStore` is asked before the entry in `auths` is used.
///
/// Files are read, and helpers asked the same question, at most once, and only when it is their turn.
package actor CredentialStore {
    private let locations: ConfigurationLocations
    private let given: Credential?
    private let conditions: CredentialHelper.Conditions
    private var files: [String: AuthFile?] = [:]
    private var answers = SingleFlight<Question, Credential?>()

    /// - Parameters:
    ///   - locations: The environment, which is also that of credential helpers, and the home folder.
    ///   - given: A credential for all registries, such as from a flag.
    ///   - helperTimeLimit: The maximum duration of a credential helper.
    package init(
        _ locations: ConfigurationLocations, given: Credential? = nil, helperTimeLimit: Duration = .seconds(30)
    ) {
        self.locations = locations
        self.given = given
        conditions = .init(environment: locations.environment, timeLimit: helperTimeLimit)
    }

    /// The credential for a repository, or `nil` for anonymous access.
    ///
    /// - Parameters:
    ///   - host: The registry with its port, if it has one.
    ///   - repository: The path in the registry; may be empty.
    /// - Throws: ``ImageError`` with the file or helper in question, but without secrets; `CancellationError`.
    package func credential(host: String, repository: String = "") async throws -> Credential? {
        if let given { return given }
        let key = RegistryKey(host: host, path: repository)
        for location in lookupLocations {
            guard let file = try file(location) else { continue }
            for source in file.sources(for: key) {
                switch source {
                case .program(let program, let key):
                    if let credential = try await ask(program, key) { return credential }
                case .entry(let key):
                    if let credential = try file.entry(for: key) { return credential }
                }
            }
        }
        return nil
    }

    /// Forgets everything read from files and helpers, so that they are read again: some helpers provide credentials
    /// that are valid for minutes.
    package func forget() {
        files = [:]
        answers = SingleFlight()
    }

    // MARK: Saving

    /// The location of a saved credential.
    package enum SavedLocation: Sendable, Hashable, CustomStringConvertible {
        /// The path of a file that holds the credential in plain text.
        case file(String)
        /// The name of a credential helper.
        case program(String)

        package var description: String {
            switch self {
            case .file(let path): path
            case .program(let name): name
            }
        }
    }

    /// Saves the credential for a registry in the helper that the file configures for it, or else in the file.
    ///
    /// The file is `$REGISTRY_AUTH_FILE`, or else Docker's config.json. Everything else in it is preserved.
    ///
    /// - Throws: ``ImageError``, of code `usage` if the location cannot store this kind of credential;
    ///   `CancellationError`.
    package func save(_ credential: Credential, host: String) async throws -> SavedLocation {
        defer { forget() }
        if case .password(let user, _) = credential, user.contains(":") {
            throw ImageError(.usage, "cannot save the credential of \(host)", "its user name has a colon in it")
        }
        let key = RegistryKey(host: host)
        let program = try savedFile(at: savingPath)?.program(for: key)
        if let program { try await program.store(credential, for: key, conditions) }
        try await CredentialFile(path: savingPath).update { root in
            var auths = try Self.auths(of: root, in: savingPath)
            // Docker lists registries by these entries, even if a helper has the secrets.
            auths[key.serverURL] = AuthEntry.entry(
                program == nil ? credential : nil, replacing: auths[key.serverURL])
            root["auths"] = .object(auths)
            return true
        }
        return program.map { .program($0.name) } ?? .file(savingPath)
    }

    /// Removes the saved credential for a registry as a whole from the helper and from the file that ``save(_:host:)``
    /// uses.
    ///
    /// - Returns: True if there was one.
    /// - Throws: ``ImageError``; `CancellationError`.
    package func erase(host: String) async throws -> Bool {
        defer { forget() }
        let key = RegistryKey(host: host)
        guard let file = try savedFile(at: savingPath) else { return false }
        var wasThere = try await file.program(for: key)?.erase(key, conditions) ?? false
        try await CredentialFile(path: savingPath).update { root in
            var auths = try Self.auths(of: root, in: savingPath)
            let count = auths.members.count
            auths.members.removeAll { RegistryKey(fileKey: $0.name) == key }
            guard auths.members.count != count else { return false }
            wasThere = true
            root["auths"] = .object(auths)
            return true
        }
        return wasThere
    }

    private static func auths(of root: JSONObject, in path: String) throws(ImageError) -> JSONObject {
        guard let auths = root["auths"], auths != .null else { return JSONObject() }
        guard let object = auths.object else {
            throw AuthFile.refusal(path, "auths: it is a JSON \(auths.kind), not an object")
        }
        return object
    }

    // MARK: Locations

    private enum Location {
        case variable(String)
        case file(String)
    }

    private var lookupLocations: [Location] {
        var locations: [Location] = [.variable("DOCKER_AUTH_CONFIG")]
        let explicit = self.locations.variable("REGISTRY_AUTH_FILE")
        if let explicit { locations.append(.file(explicit)) }
        locations.append(.file(dockerFile))
        if explicit == nil {
            if let runtime = self.locations.variable("XDG_RUNTIME_DIR") {
                locations.append(.file("\(runtime)/containers/auth.json"))
            }
            locations.append(.file("\(self.locations.userContainers)/auth.json"))
        }
        return locations
    }

    private var dockerFile: String { locations.dockerConfiguration }

    private var savingPath: String { locations.variable("REGISTRY_AUTH_FILE") ?? dockerFile }

    private func file(_ location: Location) throws(ImageError) -> AuthFile? {
        switch location {
        case .variable(let name):
            guard let text = locations.variable(name) else { return nil }
            if let known = files[name] { return known }
            let json: JSONValue
            do {
                json = try JSONValue(parsing: text.utf8)
            } catch {
                throw AuthFile.refusal(name, error)
            }
            let file = try AuthFile(json, name: name, usesHelpers: false)
            files[name] = file
            return file
        case .file(let path):
            if let known = files[path] { return known }
            let file = try savedFile(at: path)
            files[path] = .some(file)
            return file
        }
    }

    private func savedFile(at path: String) throws(ImageError) -> AuthFile? {
        guard let json = try CredentialFile(path: path).read() else { return nil }
        return try AuthFile(json, name: path)
    }

    // MARK: Credential helpers

    private struct Question: Hashable {
        let program: CredentialHelper
        let key: RegistryKey
    }

    private func ask(_ program: CredentialHelper, _ key: RegistryKey) async throws -> Credential? {
        try await answers.value(for: Question(program: program, key: key)) { [conditions] in
            try await program.get(key, conditions)
        }
    }
}
