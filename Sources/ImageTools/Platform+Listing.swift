internal import OCI

extension [Platform] {
    private static var limit: Int { 20 }

    /// The platforms for a message; a long list is shortened.
    var listing: String {
        let shown = prefix(Self.limit).map(\.fullDescription).joined(separator: ", ")
        return count > Self.limit ? "\(shown) and \(count - Self.limit) more" : shown
    }
}
