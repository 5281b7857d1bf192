/// A warning about something in a Dockerfile that works but is probably a mistake.
package struct DockerfileNote: Hashable, Sendable {
    package let rule: Rule
    package let range: SourceRange
    /// The problem, and what to write instead.
    package let message: String

    package init(_ rule: Rule, at range: SourceRange, _ message: String) {
        self.rule = rule
        self.range = range
        self.message = message
    }

    /// The message, followed by the lines in question with carets.
    package var rendering: String { description + "\n" + range.rendering() }
}

extension DockerfileNote: CustomStringConvertible {
    /// `name:line:column: message (Rule)`, on one line.
    package var description: String { "\(range): \(message) (\(rule.rawValue))" }
}

extension DockerfileNote {
    /// The rule that a note is about, named as in `# check=skip=`. Where BuildKit has the same check, its name is used.
    package enum Rule: String, Hashable, Sendable, CaseIterable {
        case consistentInstructionCasing = "ConsistentInstructionCasing"
        case duplicateStageName = "DuplicateStageName"
        case fromAsCasing = "FromAsCasing"
        case fromPlatformIgnored = "FromPlatformIgnored"
        case invalidBaseImagePlatform = "InvalidBaseImagePlatform"
        case invalidUTF8 = "InvalidUTF8"
        case legacyKeyValueFormat = "LegacyKeyValueFormat"
        case maintainerDeprecated = "MaintainerDeprecated"
        case malformedExecForm = "MalformedExecForm"
        case noEmptyContinuation = "NoEmptyContinuation"
        case reservedStageName = "ReservedStageName"
        case stageNameCasing = "StageNameCasing"
        case stageNameOfOtherCase = "StageNameOfOtherCase"
        case syntaxIgnored = "SyntaxIgnored"
        case targetPlatformImage = "TargetPlatformImage"
        case unknownCheckRule = "UnknownCheckRule"
        case windowsFiles = "WindowsFiles"
    }

    /// The note about copying from an image of the target platform in a stage that runs on another platform: from there
    /// on, the stage is built once for each target platform.
    ///
    /// - Parameters:
    ///   - image: The value of `--from`.
    ///   - stagePlatform: The platform of the stage, as written in its `FROM --platform=`.
    ///   - range: The instruction.
    package static func targetPlatformImage(
        _ image: String, stagePlatform: String, at range: SourceRange
    ) -> DockerfileNote {
        let alias = image.split(separator: "/").last?.split(whereSeparator: { ":@".contains($0) }).first ?? "files"
        return DockerfileNote(
            .targetPlatformImage, at: range,
            "\(image) is taken for the target platform, so this stage is built once for each platform from here on; "
                + "write FROM --platform=\(stagePlatform) \(image) AS \(alias.lowercased()) above it "
                + "and use --from=\(alias.lowercased())")
    }
}
