/// The treatment of different images for the same platform when indexes are combined.
package enum ConflictRule: String, Sendable, CaseIterable {
    /// The later one replaces the earlier one.
    case replace
    /// It is an error.
    case error
    /// The earlier one stays.
    case keep
    /// Both are listed; readers of the index use the first.
    case both
}
