/// The path of an entry, as a receiver accepts it: relative and clean, names separated by slashes.
struct FilePath: Hashable, Comparable {
    let names: [ArraySlice<UInt8>]

    /// - Returns: `nil` for a path that is absolute, unclean, or leads out of its folder.
    init?(_ path: [UInt8]) {
        let names = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isClean = names.allSatisfy { name in
            !name.isEmpty && !name.elementsEqual(".".utf8) && !name.elementsEqual("..".utf8) && !name.contains(0)
        }
        guard isClean, !names.isEmpty else { return nil }
        self.names = names
    }

    /// The path of the folder, without a slash; empty for the root.
    var folder: [UInt8] { Array(names.dropLast().joined(separator: [UInt8(ascii: "/")])) }

    /// With a zero at the end.
    var name: [UInt8] { Array(names[names.count - 1]) + [0] }

    /// The order in which entries are sent.
    static func < (one: FilePath, other: FilePath) -> Bool {
        one.names.lexicographicallyPrecedes(other.names) { $0.lexicographicallyPrecedes($1) }
    }
}
