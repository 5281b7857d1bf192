internal import JSON
internal import OCI

/// The credentials in a file: Docker's config.json, or containers-auth.json(5), which has the same format.
struct AuthFile: Sendable {
    /// The origin, for messages.
    let name: String
    private let auths: [(fileKey: String, key: RegistryKey, entry: JSONValue)]
    private let helpers: [RegistryKey: CredentialHelper]
    private let store: CredentialHelper?

    /// - Parameters:
    ///   - json: The content of the file.
    ///   - usesHelpers: False to ignore credential helpers.
    /// - Throws: ``ImageError`` of code `failed` with the file, but without any of its values.
    init(_ json: JSONValue, name: String, usesHelpers: Bool = true) throws(ImageError) {
        self.name = name
        do {
            var fields = try JSONFields(json, at: .root)
            auths =
                try fields.object("auths")?.members.compactMap { member in
                    RegistryKey(fileKey: member.name).map { (member.name, $0, member.value) }
                } ?? []
            guard usesHelpers else {
                helpers = [:]
                store = nil
                return
            }
            var helpers: [RegistryKey: CredentialHelper] = [:]
            for (key, suffix) in try fields.stringMap("credHelpers").sorted(by: { $0.key < $1.key })
            where !suffix.isEmpty {
                if let key = RegistryKey(fileKey: key) { helpers[key] = CredentialHelper(suffix: suffix) }
            }
            self.helpers = helpers
            let suffix = try fields.string("credsStore") ?? ""
            store = suffix.isEmpty ? nil : CredentialHelper(suffix: suffix)
        } catch {
            throw Self.refusal(name, "\(error)")
        }
    }

    /// The credential helper for the whole registry, if there is one.
    func program(for key: RegistryKey) -> CredentialHelper? { helpers[key] ?? store }

    /// The possible sources of a repository's credential in this file, in order: the longest key first, for equal keys
    /// a credential helper before the file itself.
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

    /// A source of a credential in the file.
    enum Source: Sendable, Hashable {
        case program(CredentialHelper, RegistryKey)
        case entry(RegistryKey)
    }

    /// The credential stored in the file under a key or one of its legacy forms.
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

    /// The error for a text that is not JSON, without the parser's quotes, which might contain a secret.
    static func refusal(_ name: String, _ error: JSONError) -> ImageError {
        refusal(name, "it is not JSON: \(error.description.prefix { $0 != ":" })")
    }

    static func refusal(_ name: String, _ reason: String, advice: String? = nil) -> ImageError {
        ImageError(.failed, "cannot use the credentials in \(name)", reason, advice: advice)
    }
}
