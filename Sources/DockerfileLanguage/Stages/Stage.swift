/// A build stage: FROM and the instructions up to the next one.
package struct Stage: Hashable, Sendable {
    /// The index of the stage, starting at 0.
    package let index: Int
    package let from: FromInstruction
    package internal(set) var instructions: [Instruction] = []

    init(index: Int, from: FromInstruction) {
        self.index = index
        self.from = from
    }

    /// The name in lower case; `nil` if it has none.
    package var name: String? { from.name }

    /// The name for display: the stage's name, or `stage-N`.
    package var label: String { name ?? "stage-\(index)" }
}
