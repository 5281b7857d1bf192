/// FROM.
package struct FromInstruction: Hashable, Sendable {
    /// An image, a stage, `scratch` or a named context; expanded with the global arguments.
    package let base: Word
    /// `--platform=`, expanded with the global arguments.
    package let platform: Word?
    /// `AS name`, in lower case.
    package let name: String?
    /// The name as written.
    let spelledName: String?
    /// The instruction as written, its lines joined.
    package let text: String
    package let range: SourceRange
    /// The description of the stage in the comment above, which begins with the stage's name.
    package let comment: String?
    /// The keyword as written.
    package let keyword: String
}
