internal import Spelling

extension Dockerfile {
    /// The target stage.
    ///
    /// - Parameter name: The value of `--target`, case-insensitive; `nil` for the last stage. Numbers are not names.
    /// - Throws: ``DockerfileError`` with the most similar name if there is no such stage.
    package func target(_ name: String?) throws(DockerfileError) -> Stage {
        guard let name, !name.isEmpty else { return stages[stages.count - 1] }
        guard let stage = lastStage(named: name) else {
            let names = stages.compactMap(\.name)
            let list = names.isEmpty ? "no stage has a name" : "there are \(names.joined(separator: ", "))"
            throw source.start.error(
                "there is no stage \"\(name)\" to build", advice: NearestName.advice(name, in: names) ?? list)
        }
        return stage
    }

    /// The stage above this one that its FROM refers to; `nil` if it is not a stage. The expanded name must be in lower
    /// case, like the names of stages; of several stages with the same name, it is the last one above.
    package func base(_ name: String, of stage: Stage) -> Stage? {
        guard let numbers = stageNames[name] else { return nil }
        var range = numbers.indices
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            range = numbers[middle] < stage.index ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return range.lowerBound > 0 ? stages[numbers[range.lowerBound - 1]] : nil
    }

    /// The stage that `COPY --from=` refers to; `nil` if it is not a stage. It may be a number or a case-insensitive
    /// name; of several stages with the same name, it is the last one in the file.
    ///
    /// - Throws: ``DockerfileError`` for a number that is too large, and for a stage that is not above this one.
    package func source(_ from: CopyFrom, for stage: Stage) throws(DockerfileError) -> Stage? {
        guard let number = Int(from.name) else { return try mountSource(from, for: stage) }
        guard stages.indices.contains(number) else {
            throw from.range.error(
                "there is no stage \(number)", advice: "the first of the \(stages.count) is stage 0")
        }
        return try above(stages[number], from, stage)
    }

    /// The stage that `RUN --mount=from=` refers to. Like ``source(_:for:)``, but without numbers.
    package func mountSource(_ from: CopyFrom, for stage: Stage) throws(DockerfileError) -> Stage? {
        guard let other = lastStage(named: from.name) else { return nil }
        return try above(other, from, stage)
    }

    private func lastStage(named name: String) -> Stage? {
        stageNames[name.lowercased()]?.last.map { stages[$0] }
    }

    private func above(_ other: Stage, _ from: CopyFrom, _ stage: Stage) throws(DockerfileError) -> Stage {
        guard other.index < stage.index else {
            let what = other.index == stage.index ? "is the stage itself" : "is below this stage"
            throw from.range.error("the stage \(from.name) \(what)", advice: "take files from a stage above it")
        }
        return other
    }
}
