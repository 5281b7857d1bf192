package import Archive

/// The modification times in a layer that count as content.
///
/// Times set by an author do: with `touch -d`, `cp -p`, `tar` or `install -p`, or in an archive that ADD unpacks. Times
/// of creation do not, so that making the same content again makes the same layer.
package struct LayerTimes: Sendable, Hashable {
    /// All times, for layers about which nothing else is known, such as those of images.
    package static let allContent = LayerTimes(isContentElsewhere: true, exceptions: [], runs: [])

    private let isContentElsewhere: Bool
    private let exceptions: Set<TarPath>
    /// The runs of the programs that made the layer, in order.
    package let runs: [RunPeriod]

    private init(isContentElsewhere: Bool, exceptions: Set<TarPath>, runs: [RunPeriod]) {
        self.isContentElsewhere = isContentElsewhere
        self.exceptions = exceptions
        self.runs = runs
    }

    /// The times according to the entries of a layer.
    ///
    /// - Parameter runs: The runs of the programs that made the layer.
    package init(of content: LayerContent, madeIn runs: [RunPeriod] = []) {
        let timed = content.entries.filter(\.kind.hasTime)
        let count = timed.count { $0.isTimeContent }
        let isMostlyContent = count > timed.count - count
        self.init(
            isContentElsewhere: isMostlyContent,
            exceptions: Set(timed.lazy.filter { $0.isTimeContent != isMostlyContent }.map(\.path)),
            runs: RunPeriod.joined(runs))
    }

    /// Returns true if the time of an entry counts as content.
    package func isContent(at path: TarPath) -> Bool { isContentElsewhere != exceptions.contains(path) }

    // MARK: Serialized form

    /// `c` or `-` for the times of all paths except the listed ones, the start and end of each run, and the paths. Each
    /// number is preceded by a space, each path by a zero.
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
    /// True if the entry has a modification time of its own.
    var hasTime: Bool {
        switch self {
        case .hardLink, .whiteout: false
        default: true
        }
    }
}
