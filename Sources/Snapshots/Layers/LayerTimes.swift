package import Archive

/// Which modification times are part of what a layer is.
///
/// A time that an author has set is: with `touch -d`, `cp -p`, `tar` or `install -p`, or in an archive that ADD unpacks.
/// One that only says when something was made is not, so that making the same again makes the same layer.
package struct LayerTimes: Sendable, Hashable {
    /// Of every layer that nothing else is known of, as those of images are.
    package static let allContent = LayerTimes(isContentElsewhere: true, exceptions: [], runs: [])

    private let isContentElsewhere: Bool
    private let exceptions: Set<TarPath>
    /// When the programs ran that have made what is in the layer; in their order.
    package let runs: [RunPeriod]

    private init(isContentElsewhere: Bool, exceptions: Set<TarPath>, runs: [RunPeriod]) {
        self.isContentElsewhere = isContentElsewhere
        self.exceptions = exceptions
        self.runs = runs
    }

    /// As the entries of a layer say.
    ///
    /// - Parameter runs: When the programs ran that have made what is in it.
    package init(of content: LayerContent, madeIn runs: [RunPeriod] = []) {
        let timed = content.entries.filter(\.kind.hasTime)
        let count = timed.count { $0.isTimeContent }
        let isMostlyContent = count > timed.count - count
        self.init(
            isContentElsewhere: isMostlyContent,
            exceptions: Set(timed.lazy.filter { $0.isTimeContent != isMostlyContent }.map(\.path)),
            runs: RunPeriod.joined(runs))
    }

    /// Whether the time of an entry of the layer is part of what the layer is.
    package func isContent(at path: TarPath) -> Bool { isContentElsewhere != exceptions.contains(path) }

    // MARK: The form that is kept

    /// `c` or `-` for the times of all paths but those that follow, the start and the end of each run, and the paths.
    /// A space stands before each number, and a zero before each path.
    package var record: [UInt8] {
        let numbers = runs.map { " \($0.start) \($0.end)" }.joined()
        let start = Array(((isContentElsewhere ? "c" : "-") + numbers).utf8)
        return exceptions.sorted().reduce(into: start) { $0 += [0] + $1.bytes }
    }

    package init(record: [UInt8]) {
        let fields = record.split(separator: 0)
        let words = (fields.first ?? []).split(separator: UInt8(ascii: " "))
        let numbers = words.dropFirst().compactMap { Int64(String(decoding: $0, as: UTF8.self)) }
        self.init(
            isContentElsewhere: words.first == [UInt8(ascii: "c")],
            exceptions: Set(fields.dropFirst().compactMap { try? TarPath($0) }),
            runs: stride(from: 1, to: numbers.count, by: 2).map { RunPeriod(start: numbers[$0 - 1], end: numbers[$0]) })
    }
}

extension LayerContent.Entry.Kind {
    /// Whether it has a modification time of its own.
    var hasTime: Bool {
        switch self {
        case .hardLink, .whiteout: false
        default: true
        }
    }
}
