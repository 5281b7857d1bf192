internal import Concurrency
internal import JSON
internal import OCI

/// The credentials of a person for registries, from wherever the field's tools keep them.
///
/// These are asked in turn, and the first that has one wins. What was given for this run goes before what is saved;
/// what an environment variable names goes before what lies in its usual place; and where ``save(_:host:)`` writes goes
/// before all else that is saved:
///
/// 1. the credential given to the initializer,
/// 2. the `auths` in the variable `DOCKER_AUTH_CONFIG`, in the form of config.json,
/// 3. the file `$REGISTRY_AUTH_FILE`,
/// 4. `$DOCKER_CONFIG/config.json`, by default `~/.docker/config.json`,
/// 5. unless `REGISTRY_AUTH_FILE` is set: `$XDG_RUNTIME_DIR/containers/auth.json`, then `containers/auth.json` in
///    `$XDG_CONFIG_HOME`, by default `~/.config` (containers-auth.json(5)).
///
/// In one file the longest key that matches wins, on the boundaries of path components; for the same key the program
/// of `credHelpers` or `credsStore` is asked before the entry of `auths` is used.
///
/// Every file is read, and every program asked the same question, at most once, and only when it is its turn.
package actor CredentialStore {
    private let places: ConfigurationPlaces
    private let given: Credential?
    private let conditions: CredentialProgram.Conditions
    private var files: [String: AuthFile?] = [:]
    private var answers = SingleFlight<Question, Credential?>()

    /// - Parameters:
    ///   - places: The environment, which credential programs get too, and the home folder.
    ///   - given: A credential that holds for every registry, as from a flag.
    ///   - programTimeLimit: How long a credential program may take.
    package init(
        _ places: ConfigurationPlaces, given: Credential? = nil, programTimeLimit: Duration = .seconds(30)
    ) {
        self.places = places
        self.given = given
        conditions = .init(environment: places.environment, timeLimit: programTimeLimit)
    }

    /// The credential for a repository, or `nil` for an anonymous request.
    ///
    /// - Parameters:
    ///   - host: The registry with its port, if it has one.
    ///   - repository: The path below it; may be empty.
    /// - Throws: ``ImageError`` that names the file or program at fault, never a secret; `CancellationError`.
    package func credential(host: String, repository: String = "") async throws -> Credential? {
        if let given { return given }
        let key = RegistryKey(host: host, path: repository)
        for place in lookupPlaces {
            guard let file = try file(place) else { continue }
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

    /// Forgets all that files and programs said, so that they are asked anew: some programs give out credentials that
    /// hold for minutes.
    package func forget() {
        files = [:]
        answers = SingleFlight()
    }

    // MARK: Saving

    /// Where a credential was put.
    package enum SavedPlace: Sendable, Hashable, CustomStringConvertible {
        /// The path of a file, in which it can be read by whoever may read the file.
        case file(String)
        /// The name of a credential program.
        case program(String)

        package var description: String {
            switch self {
            case .file(let path): path
            case .program(let name): name
            }
        }
    }

    /// Saves the credential for a registry: with the program that the file configures for it, else in the file.
    ///
    /// The file is `$REGISTRY_AUTH_FILE`, else Docker's config.json. All else in it stays as it is.
    ///
    /// - Throws: ``ImageError``, of code `usage` when the credential cannot be written in the form of the place;
    ///   `CancellationError`.
    package func save(_ credential: Credential, host: String) async throws -> SavedPlace {
        defer { forget() }
        if case .password(let user, _) = credential, user.contains(":") {
            throw ImageError(.usage, "cannot save the credential of \(host)", "its user name has a colon in it")
        }
        let key = RegistryKey(host: host)
        let program = try savedFile(at: savingPath)?.program(for: key)
        if let program { try await program.store(credential, for: key, conditions) }
        try await CredentialFile(path: savingPath).update { root in
            var auths = try Self.auths(of: root, in: savingPath)
            // The entry is there even when a program has the secret: it is by this that Docker lists the registries.
            auths[key.serverURL] = AuthEntry.entry(
                program == nil ? credential : nil, replacing: auths[key.serverURL])
            root["auths"] = .object(auths)
            return true
        }
        return program.map { .program($0.name) } ?? .file(savingPath)
    }

    /// Removes what is saved for a registry as a whole, from the program and from the file that ``save(_:host:)`` uses.
    ///
    /// - Returns: Whether anything was there.
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

    // MARK: Places

    private enum Place {
        case variable(String)
        case file(String)
    }

    private var lookupPlaces: [Place] {
        var places: [Place] = [.variable("DOCKER_AUTH_CONFIG")]
        let explicit = self.places.variable("REGISTRY_AUTH_FILE")
        if let explicit { places.append(.file(explicit)) }
        places.append(.file(dockerFile))
        if explicit == nil {
            if let runtime = self.places.variable("XDG_RUNTIME_DIR") {
                places.append(.file("\(runtime)/containers/auth.json"))
            }
            places.append(.file("\(self.places.userContainers)/auth.json"))
        }
        return places
    }

    private var dockerFile: String { places.dockerConfiguration }

    private var savingPath: String { places.variable("REGISTRY_AUTH_FILE") ?? dockerFile }

    private func file(_ place: Place) throws(ImageError) -> AuthFile? {
        switch place {
        case .variable(let name):
            guard let text = places.variable(name) else { return nil }
            if let known = files[name] { return known }
            let json: JSONValue
            do {
                json = try JSONValue(parsing: text.utf8)
            } catch {
                throw AuthFile.refusal(name, error)
            }
            let file = try AuthFile(json, name: name, usesPrograms: false)
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

    // MARK: Programs

    private struct Question: Hashable {
        let program: CredentialProgram
        let key: RegistryKey
    }

    private func ask(_ program: CredentialProgram, _ key: RegistryKey) async throws -> Credential? {
        try await answers.value(for: Question(program: program, key: key)) { [conditions] in
            try await program.get(key, conditions)
        }
    }
}
