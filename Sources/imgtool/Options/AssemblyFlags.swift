internal import ArgumentParser
internal import ImageTools

/// The flags for combining entries of several sources to one index.
struct AssemblyFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "For two images for one platform: replace the first one (the default with --append), error (the default otherwise), keep the first one, or list both.",
            valueName: "rule"), completion: .list(ConflictRule.allCases.map(\.rawValue)))
    var onConflict: String?

    @Option(
        help: ArgumentHelp(
            "Sort entries by source (the order of the sources) or by platform (independent of that).",
            valueName: "source|platform"), completion: .list(EntryOrder.allCases.map(\.rawValue)))
    var sort: String = EntryOrder.source.rawValue

    /// `nil` if none was chosen.
    var conflictRule: ConflictRule? { onConflict.flatMap { ConflictRule(rawValue: $0) } }
    var order: EntryOrder { EntryOrder(rawValue: sort) ?? .source }

    func validate() throws {
        try ChoiceText.check(onConflict, of: ConflictRule.self, for: "--on-conflict")
        try ChoiceText.check(sort, of: EntryOrder.self, for: "--sort")
    }
}

/// Options with a fixed set of values.
enum ChoiceText {
    static func check<Choice: RawRepresentable & CaseIterable>(
        _ text: String?, of type: Choice.Type, for flag: String
    ) throws where Choice.RawValue == String {
        guard let text, Choice(rawValue: text) == nil else { return }
        let names = Choice.allCases.map(\.rawValue)
        let choices = names.dropLast().joined(separator: ", ") + " or " + (names.last ?? "")
        throw ValidationError("\(flag) is \(choices), not \"\(text)\".")
    }
}
