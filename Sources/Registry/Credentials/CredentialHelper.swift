internal import JSON
internal import OCI
internal import Processes

/// A credential helper `docker-credential-NAME` (protocol of docker-credential-helpers): a verb as its argument, the
/// request on standard input, the response on standard output.
///
/// Its output is never shown, since it might be the secret.
struct CredentialHelper: Sendable, Hashable {
    /// The part of the name after `docker-credential-`.
    let suffix: String

    /// The environment and limits for running helpers.
    struct Conditions: Sendable {
        let environment: [String: String]
        let timeLimit: Duration
    }

    var name: String { "docker-credential-\(suffix)" }

    /// Gets the credential for a registry.
    ///
    /// - Returns: `nil` if there is none.
    /// - Throws: ``ImageError`` of code `failed`; `CancellationError`.
    func get(_ key: RegistryKey, _ conditions: Conditions) async throws -> Credential? {
        let attempt = "cannot get the credential of \(key.name)"
        let result = try await run("get", Array(key.serverURL.utf8), conditions, attempt)
        guard result.succeeded else {
            if Self.saysNotFound(result) { return nil }
            throw failure(attempt, result, verb: "get", key)
        }
        guard let answer = try? JSONValue(parsing: result.output), let secret = answer["Secret"]?.string else {
            throw ImageError(
                .failed, attempt, "\(name) answered with something other than a JSON object with a Secret",
                advice: Self.advice(name, "get", key))
        }
        let user = answer["Username"]?.string ?? ""
        if user.isEmpty, secret.isEmpty { return nil }
        return user == Credential.identityTokenUser
            ? .identityToken(secret) : .password(user: user, password: secret)
    }

    /// Stores a credential.
    ///
    /// - Throws: ``ImageError``, of code `usage` for a registry token, which the protocol does not support;
    ///   `CancellationError`.
    func store(_ credential: Credential, for key: RegistryKey, _ conditions: Conditions) async throws {
        let attempt = "cannot save the credential of \(key.name)"
        let (user, secret): (String, String)
        switch credential {
        case .password(let name, let password): (user, secret) = (name, password)
        case .identityToken(let token): (user, secret) = (Credential.identityTokenUser, token)
        case .registryToken:
            throw ImageError(.usage, attempt, "\(name) keeps passwords and identity tokens, not registry tokens")
        }
        let question: JSONValue = [
            "ServerURL": .string(key.serverURL), "Username": .string(user), "Secret": .string(secret),
        ]
        let result = try await run("store", question.bytes(.compact), conditions, attempt)
        guard result.succeeded else { throw failure(attempt, result, verb: "store", key) }
    }

    /// Erases the credential for a registry.
    ///
    /// - Returns: True if there was one.
    /// - Throws: ``ImageError`` of code `failed`; `CancellationError`.
    func erase(_ key: RegistryKey, _ conditions: Conditions) async throws -> Bool {
        // Most helpers report success even if there is no credential.
        guard try await get(key, conditions) != nil else { return false }
        let attempt = "cannot erase the credential of \(key.name)"
        let result = try await run("erase", Array(key.serverURL.utf8), conditions, attempt)
        guard result.succeeded || Self.saysNotFound(result) else { throw failure(attempt, result, verb: "erase", key) }
        return true
    }

    // MARK: The program

    private func run(
        _ verb: String, _ input: [UInt8], _ conditions: Conditions, _ attempt: String
    ) async throws -> ProgramResult {
        guard !suffix.utf8.contains(UInt8(ascii: "/")) else {
            throw ImageError(.failed, attempt, "\"\(suffix)\" is not the name of a credential helper")
        }
        do {
            return try await Processes.run(
                program: name, arguments: [verb], input: input, environment: conditions.environment,
                timeLimit: conditions.timeLimit)
        } catch let error as ProcessError {
            let advice =
                if case .notFound = error { "install it, or take \"\(suffix)\" out of the configuration" } else {
                    nil as String?
                }
            throw ImageError(.failed, attempt, "\(error)", advice: advice)
        }
    }

    private func failure(_ attempt: String, _ result: ProgramResult, verb: String, _ key: RegistryKey) -> ImageError {
        ImageError(
            .failed, attempt, "\(name) \(verb) ended with \(result.ending)", advice: Self.advice(name, verb, key))
    }

    private static func advice(_ name: String, _ verb: String, _ key: RegistryKey) -> String? {
        verb == "store" ? nil : "see what \"echo \(key.serverURL) | \(name) \(verb)\" says"
    }

    /// Returns true for the sentence by which the protocol reports that there is no credential.
    private static func saysNotFound(_ result: ProgramResult) -> Bool {
        String(decoding: result.output, as: UTF8.self).contains("credentials not found in native keychain")
    }
}
