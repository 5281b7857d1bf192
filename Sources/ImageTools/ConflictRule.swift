/// What becomes of two different images for the same platform when indexes are put together.
package enum ConflictRule: String, Sendable, CaseIterable {
    /// The later one takes the earlier one's place.
    case replace
    /// Nothing is made.
    case error
    /// The earlier one stays.
    case keep
    /// Both are listed; who reads the index takes the first.
    case both
}
