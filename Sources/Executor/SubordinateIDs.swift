internal import Glibc

/// The ids that a user may give to others in user namespaces (subuid(5), subgid(5)).
struct SubordinateIDs {
    struct Range: Hashable {
        let first: UInt32
        let count: UInt32
    }

    /// Of a line that is well formed: whom it is for, and what.
    private let lines: [(user: String, range: Range)]

    /// - Parameter text: The content of `/etc/subuid` or `/etc/subgid`.
    init(_ text: String) {
        lines = text.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count == 3, let first = UInt32(fields[1]), let count = UInt32(fields[2]), count > 0 else {
                return nil
            }
            return (String(fields[0]), Range(first: first, count: count))
        }
    }

    /// Those of a user, who is named or numbered there.
    func ranges(of name: String, _ id: uid_t) -> [Range] {
        lines.filter { $0.user == name || $0.user == "\(id)" }.map(\.range)
    }

    /// As many as images need, and nobody has.
    var free: Range {
        let end = lines.map { UInt64($0.range.first) + UInt64($0.range.count) }.max() ?? 0
        return Range(first: UInt32(clamping: max(100_000, end)), count: 65_536)
    }

    /// The arguments of newuidmap(1) and newgidmap(1) that make an id root's, and these those that follow.
    static func mapping(root id: UInt32, _ ranges: [Range]) -> [String] {
        var words = ["0", "\(id)", "1"]
        var next: UInt64 = 1
        for range in ranges {
            words += ["\(next)", "\(range.first)", "\(range.count)"]
            next += UInt64(range.count)
        }
        return words
    }
}
