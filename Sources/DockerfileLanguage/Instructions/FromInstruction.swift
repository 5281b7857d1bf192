/// FROM: what a stage starts with.
package struct FromInstruction: Hashable, Sendable {
    /// The image, the stage, `scratch` or a named context; expanded with the global arguments.
    package let base: Word
    /// `--platform=`, expanded with the global arguments.
    package let platform: Word?
    /// `AS name`, in lower case.
    package let name: String?
    /// The name as it is written.
    package let spelledName: String?
    /// The instruction as it is written, its lines joined.
    package let text: String
    package let range: SourceRange
    /// What the comment above says about the stage, which begins with its name.
    package let comment: String?
    /// The keyword, as it is written.
    package let keyword: String
}
