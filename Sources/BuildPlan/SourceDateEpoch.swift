package import DockerfileLanguage
package import OCI
internal import Units

/// The meaning of `SOURCE_DATE_EPOCH`: the upper limit for time stamps in a result.
package enum SourceDateEpoch: Sendable, Hashable {
    case notGiven
    /// Seconds since 1970.
    case seconds(Int64)
    /// The time of a source that has none, such as a local folder, by its name.
    case timeless(String)
    /// The last modification of a remote file: as reported by its server, or else the latest time inside the archive.
    case file(url: String, checksum: String?, SourceRange)

    package static let variable = "SOURCE_DATE_EPOCH"

    /// Parses a number of seconds.
    ///
    /// - Parameter name: The name of the variable or option, for messages.
    /// - Throws: ``ImageError`` of code `usage` if the text is not a number of seconds.
    package static func seconds(_ text: String, as name: String = variable) throws(ImageError) -> Int64 {
        guard let seconds = Int64(text), seconds >= 0 else {
            throw ImageError(.usage, "cannot use \(name)=\(text)", "it is not a number of seconds since 1970")
        }
        guard seconds <= RFC3339.last else {
            throw ImageError(.usage, "cannot use \(name)=\(text)", "it is later than the year 9999")
        }
        return seconds
    }
}

extension BuildRequest {
    /// The value of `SOURCE_DATE_EPOCH` from a build argument or an ARG before the first FROM: a number, `context`, a
    /// build context, or a stage that adds one remote file to `scratch`.
    ///
    /// - Throws: ``DockerfileError``; ``ImageError`` of code `usage` for anything else.
    package func sourceDateEpoch() throws -> SourceDateEpoch {
        let globals = try globals(for: platforms[0])
        let name = SourceDateEpoch.variable
        let text = arguments[name] ?? globals.environment[name] ?? ""
        if text.isEmpty { return .notGiven }
        if Int64(text) != nil { return .seconds(try SourceDateEpoch.seconds(text)) }
        if text == "context" || replacement(of: text) != nil { return .timeless(text) }
        guard let stage = dockerfile.stages.first(where: { $0.name == text.lowercased() }) else {
            throw ImageError(
                .usage, "cannot use \(name)=\(text)",
                "it is neither a number of seconds since 1970, nor context, nor a build context or stage")
        }
        return try source(of: stage, globals)
    }

    /// The only file of a stage that adds one remote file to `scratch`.
    private func source(of stage: Stage, _ globals: GlobalScope) throws -> SourceDateEpoch {
        var environment = globals.environment
        environment[SourceDateEpoch.variable] = nil
        guard try stage.from.base.expanded(in: environment).text == "scratch" else {
            throw Self.unusable(stage, at: stage.from.range, "it is not FROM scratch")
        }
        var found: SourceDateEpoch?
        for instruction in stage.instructions {
            switch instruction.content {
            case .arg(let declarations):
                for declaration in declarations {
                    let fallback = try declaration.fallback?.expanded(in: environment).text
                    if let value = arguments[declaration.name] ?? fallback { environment[declaration.name] = value }
                }
            case .copy(let copy) where copy.isAdd && found == nil:
                found = try file(of: copy, in: stage, environment, at: instruction.range)
            default:
                throw Self.unusable(stage, at: instruction.range, "it has more than ARG and one ADD")
            }
        }
        guard let found else { throw Self.unusable(stage, at: stage.from.range, "it adds nothing") }
        return found
    }

    private func file(
        of copy: CopyInstruction, in stage: Stage, _ environment: Environment, at range: SourceRange
    ) throws -> SourceDateEpoch {
        guard copy.sources.count == 1, case .path(let word) = copy.sources[0] else {
            throw Self.unusable(stage, at: range, "it does not add one remote file")
        }
        switch try copy.recognise(word.expanded(in: environment).text, at: word.range) {
        case .path: throw Self.unusable(stage, at: word.range, "it does not add a remote file")
        case .git: throw Self.unusable(stage, at: word.range, "Git repositories cannot be fetched yet")
        case .url(let url):
            let checksum = try copy.checksum?.expanded(in: environment).text
            return .file(url: url, checksum: checksum?.isEmpty == false ? checksum : nil, word.range)
        }
    }

    private static func unusable(_ stage: Stage, at range: SourceRange, _ reason: String) -> DockerfileError {
        DockerfileError(
            at: range, "the stage \(stage.label) gives no \(SourceDateEpoch.variable): \(reason)",
            advice: "let it be FROM scratch and one ADD of a URL")
    }

    /// The request with `SOURCE_DATE_EPOCH` replaced by the time found for it, for the ARGs of steps.
    ///
    /// - Parameter seconds: Seconds since 1970; `nil` to unset the variable.
    package func settling(epoch seconds: Int64?) -> BuildRequest {
        var request = self
        let text = seconds.map { "\($0)" }
        if arguments[SourceDateEpoch.variable] != nil { request.arguments[SourceDateEpoch.variable] = text }
        request.globalValues[SourceDateEpoch.variable] = .some(text)
        return request
    }
}
