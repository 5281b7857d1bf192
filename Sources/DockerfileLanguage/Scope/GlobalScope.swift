package import OCI
internal import Spelling

/// The variables available to FROM: the predefined ones and the ARGs before the first FROM ("Understand how ARG and
/// FROM interact").
package struct GlobalScope: Hashable, Sendable {
    package let environment: Environment
    /// The values that take precedence in a stage's ARG.
    package let given: BuildArguments

    /// - Parameters:
    ///   - target: The target stage.
    ///   - settled: Fixed values for ARGs, overriding all others; `nil` for no value.
    /// - Throws: ``DockerfileError`` for a default that cannot be expanded.
    package init(
        of dockerfile: Dockerfile, target: Stage, given: BuildArguments, settled: [String: String?] = [:]
    ) throws(DockerfileError) {
        var environment = given.predefined(for: target)
        environment.meter = ExpansionMeter()
        for declaration in dockerfile.globalArguments {
            if let value = given.values[declaration.name] {
                environment[declaration.name] = value
            } else if let fallback = declaration.fallback {
                environment[declaration.name] = try fallback.expanded(in: environment).text
            }
        }
        for name in environment.names { if let value = settled[name] { environment[name] = value } }
        self.environment = environment
        self.given = given
    }

    /// A FROM with its variables expanded.
    package struct Base: Hashable, Sendable {
        /// An image, a stage, `scratch` or a named context.
        package let name: String
        /// `nil` without `--platform`.
        package let platform: Platform?
        /// The variables that it depends on.
        package let used: Set<String>
    }

    /// Expands a FROM.
    ///
    /// - Throws: ``DockerfileError`` if the image or platform expands to nothing or the platform is invalid.
    package func base(of from: FromInstruction) throws(DockerfileError) -> Base {
        let name = try from.base.expanded(in: environment)
        guard !name.text.isEmpty else { throw blank("image", from.base, unset: name.unset) }
        guard let word = from.platform else { return Base(name: name.text, platform: nil, used: name.used) }
        let platform = try word.expanded(in: environment)
        guard !platform.text.isEmpty else { throw blank("platform", word, unset: platform.unset) }
        do throws(ImageError) {
            let parsed = try Platform(parsing: platform.text)
            return Base(name: name.text, platform: parsed.normalized, used: name.used.union(platform.used))
        } catch {
            throw word.range.error("\"\(platform.text)\" is not a platform: \(error.reason)", advice: error.advice)
        }
    }

    private func blank(_ what: String, _ word: Word, unset: Set<String>) -> DockerfileError {
        let near = unset.sorted().compactMap { NearestName.of($0, in: environment.names) }.first
        let missing = unset.sorted().first
        return word.range.error(
            "nothing is left of the \(what) \(word.text)",
            advice: near.map { "did you mean $\($0)?" }
                ?? missing.map { "declare ARG \($0)=DEFAULT above the first FROM" })
    }
}
