/// A build stage: FROM and the instructions up to the next one.
package struct Stage: Hashable, Sendable {
    /// Its number, from 0.
    package let index: Int
    package let from: FromInstruction
    package internal(set) var instructions: [Instruction] = []

    init(index: Int, from: FromInstruction) {
        self.index = index
        self.from = from
    }

    /// Its name in lower case; `nil` for one that has none.
    package var name: String? { from.name }

    /// The name that people are shown: its own, or `stage-N`.
    package var label: String { name ?? "stage-\(index)" }
}
