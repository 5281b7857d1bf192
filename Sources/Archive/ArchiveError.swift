/// An archive or compressed stream that cannot be read or written.
package struct ArchiveError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: Sendable {
        /// The bytes violate the format, or a checksum is wrong.
        case damaged
        /// The bytes end before the archive does.
        case truncated
        /// A limit is exceeded.
        case limit
        /// A name leads out of the archive or is not valid.
        case name
        /// The format cannot express this.
        case unsupported
        /// The content of an entry does not have the announced size.
        case size
        /// A library is missing or memory is exhausted.
        case local
    }

    package let kind: Kind
    /// The problem.
    package let reason: String
    /// The path of the entry in question, printable.
    package let entry: String?

    package init(_ kind: Kind, _ reason: String, entry: String? = nil) {
        self.kind = kind
        self.reason = reason
        self.entry = entry
    }

    package var description: String { (entry.map { "the entry \"\($0)\": " } ?? "") + reason }
}
