internal import JSON
package import OCI

/// The change of one entry of an index.
package struct EntryChange: Sendable, Hashable {
    package enum Kind: String, Sendable {
        case keep, add, drop, edit
    }

    package let kind: Kind
    /// The old entry; `nil` if it was added.
    package let before: Descriptor?
    /// The new entry; `nil` if it was removed.
    package let after: Descriptor?

    /// The changed fields of an edited entry.
    package var fields: [FieldChange] {
        kind == .edit ? FieldChange.all(from: before?.json, to: after?.json) : []
    }

    /// The changes of all entries: existing entries in order, then the removed ones.
    ///
    /// Entries are matched by digest, or else by platform.
    package static func all(from old: [Descriptor], to new: [Descriptor]) -> [EntryChange] {
        var matching = EntryMatching(old)
        var partners = [Descriptor?](repeating: nil, count: new.count)
        for (position, entry) in new.enumerated() { partners[position] = matching.takeEqual(to: entry) }
        for (position, entry) in new.enumerated() where partners[position] == nil {
            partners[position] = matching.takeSameContent(as: entry)
        }
        for (position, entry) in new.enumerated() where partners[position] == nil {
            partners[position] = matching.takeSamePlatform(as: entry)
        }
        let changes = zip(new, partners).map { entry, partner in
            guard let partner else { return EntryChange(kind: .add, before: nil, after: entry) }
            return EntryChange(kind: partner == entry ? .keep : .edit, before: partner, after: entry)
        }
        return changes + matching.rest.map { EntryChange(kind: .drop, before: $0, after: nil) }
    }
}

/// Entries of the old index that have not been matched yet.
private struct EntryMatching {
    private let entries: [Descriptor]
    private var byDigest: [Digest: [Int]] = [:]
    private var byPlatform: [String: [Int]] = [:]
    private var isTaken: [Bool]

    init(_ entries: [Descriptor]) {
        self.entries = entries
        isTaken = Array(repeating: false, count: entries.count)
        for (position, entry) in entries.enumerated() {
            byDigest[entry.digest, default: []].append(position)
            if let key = Self.key(entry) { byPlatform[key, default: []].append(position) }
        }
    }

    var rest: [Descriptor] { entries.indices.filter { !isTaken[$0] }.map { entries[$0] } }

    mutating func takeEqual(to entry: Descriptor) -> Descriptor? {
        take(byDigest[entry.digest]) { $0 == entry }
    }

    mutating func takeSameContent(as entry: Descriptor) -> Descriptor? {
        take(byDigest[entry.digest]) { _ in true }
    }

    mutating func takeSamePlatform(as entry: Descriptor) -> Descriptor? {
        take(Self.key(entry).flatMap { byPlatform[$0] }) { _ in true }
    }

    private mutating func take(_ positions: [Int]?, where isRight: (Descriptor) -> Bool) -> Descriptor? {
        guard let position = positions?.first(where: { !isTaken[$0] && isRight(entries[$0]) }) else { return nil }
        isTaken[position] = true
        return entries[position]
    }

    private static func key(_ entry: Descriptor) -> String? {
        entry.imagePlatform?.normalized.fullDescription
    }
}
