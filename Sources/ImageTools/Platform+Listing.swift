internal import OCI

extension [Platform] {
    private static var limit: Int { 20 }

    /// The platforms in a message: not more of them than a person reads.
    var listing: String {
        let shown = prefix(Self.limit).map(\.fullDescription).joined(separator: ", ")
        return count > Self.limit ? "\(shown) and \(count - Self.limit) more" : shown
    }
}
