/// Something in a Dockerfile that works but is probably not what somebody wants.
package struct DockerfileNote: Hashable, Sendable {
    package let rule: Rule
    package let range: SourceRange
    /// What is unfortunate, and what to write instead.
    package let message: String

    package init(_ rule: Rule, at range: SourceRange, _ message: String) {
        self.rule = rule
        self.range = range
        self.message = message
    }

    /// The message, and below it the lines with carets under what it is about.
    package var rendering: String { description + "\n" + range.rendering() }
}

extension DockerfileNote: CustomStringConvertible {
    /// `name:line:column: message (Rule)`, in one line.
    package var description: String { "\(range): \(message) (\(rule.rawValue))" }
}

extension DockerfileNote {
    /// What a note is about, with the name that `# check=skip=` calls it by. Where BuildKit has a check for the same,
    /// its name is used.
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

    /// The note about files of an image of the target platform in a stage that runs on another platform: what the
    /// stage does from there on is done once for each target platform.
    ///
    /// - Parameters:
    ///   - image: What `--from` names.
    ///   - stagePlatform: The platform of the stage as `FROM --platform=` of it writes it.
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
