/// Why an archive, or a compressed stream, cannot be read or written.
package struct ArchiveError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: Sendable {
        /// The bytes are not what a writer of this format writes, or a checksum is wrong.
        case damaged
        /// The bytes end before the archive does.
        case truncated
        /// There is more than is accepted.
        case limit
        /// A name leads out of the archive, or is none.
        case name
        /// The format has no way to say this.
        case unsupported
        /// The content of an entry has not the size that was announced.
        case size
        /// A library or memory is missing.
        case local
    }

    package let kind: Kind
    /// What is wrong.
    package let reason: String
    /// The entry that it is about, as a person can read it.
    package let entry: String?

    package init(_ kind: Kind, _ reason: String, entry: String? = nil) {
        self.kind = kind
        self.reason = reason
        self.entry = entry
    }

    package var description: String { (entry.map { "the entry \"\($0)\": " } ?? "") + reason }
}
