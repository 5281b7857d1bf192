internal import JSON
internal import OCI

/// What one file knows of credentials: Docker's config.json, or the containers' auth.json(5), which has the same shape.
struct AuthFile: Sendable {
    /// Where it is from, for messages.
    let name: String
    private let auths: [(fileKey: String, key: RegistryKey, entry: JSONValue)]
    private let helpers: [RegistryKey: CredentialProgram]
    private let store: CredentialProgram?

    /// - Parameters:
    ///   - json: The content of the file.
    ///   - usesPrograms: Whether it may name credential programs.
    /// - Throws: ``ImageError`` of code `failed` that names the file and never shows a value of it.
    init(_ json: JSONValue, name: String, usesPrograms: Bool = true) throws(ImageError) {
        self.name = name
        do {
            var fields = try JSONFields(json, at: .root)
            auths =
                try fields.object("auths")?.members.compactMap { member in
                    RegistryKey(fileKey: member.name).map { (member.name, $0, member.value) }
                } ?? []
            guard usesPrograms else {
                helpers = [:]
                store = nil
                return
            }
            var helpers: [RegistryKey: CredentialProgram] = [:]
            for (key, suffix) in try fields.stringMap("credHelpers").sorted(by: { $0.key < $1.key })
            where !suffix.isEmpty {
                if let key = RegistryKey(fileKey: key) { helpers[key] = CredentialProgram(suffix: suffix) }
            }
            self.helpers = helpers
            let suffix = try fields.string("credsStore") ?? ""
            store = suffix.isEmpty ? nil : CredentialProgram(suffix: suffix)
        } catch {
            throw Self.refusal(name, "\(error)")
        }
    }

    /// The program that keeps what is known of the whole registry, if one does.
    func program(for key: RegistryKey) -> CredentialProgram? { helpers[key] ?? store }

    /// Where in this file the credential of a repository may be, in the order in which to look: the longest key first,
    /// for equal keys a program before what is written in the file.
    func sources(for repository: RegistryKey) -> [Source] {
        var sources: [Source] = []
        for key in repository.ancestors {
            if let program = key.hasPath ? helpers[key] : self.program(for: key) {
                sources.append(.program(program, key))
            }
            sources.append(.entry(key))
        }
        return sources
    }

    /// One place in the file that may lead to a credential.
    enum Source: Sendable, Hashable {
        case program(CredentialProgram, RegistryKey)
        case entry(RegistryKey)
    }

    /// The credential that is written in the file under a key or one of its older forms.
    func entry(for key: RegistryKey) throws(ImageError) -> Credential? {
        let candidates = auths.filter { $0.key == key }
        let exact = candidates.filter { $0.fileKey == key.serverURL }
        for candidate in exact + candidates {
            let path = JSONPath.root.member("auths[\"\(candidate.fileKey)\"]")
            do {
                if let credential = try AuthEntry.credential(candidate.entry, at: path) { return credential }
            } catch {
                throw Self.refusal(name, "\(error)", advice: "log in to \(key.name) again to replace it")
            }
        }
        return nil
    }

    /// Says where a text is no JSON. What the parser quotes of it stays out, since it might be a secret.
    static func refusal(_ name: String, _ error: JSONError) -> ImageError {
        refusal(name, "it is not JSON: \(error.description.prefix { $0 != ":" })")
    }

    static func refusal(_ name: String, _ reason: String, advice: String? = nil) -> ImageError {
        ImageError(.failed, "cannot use the credentials in \(name)", reason, advice: advice)
    }
}
