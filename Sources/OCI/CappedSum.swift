// Sizes are untrusted and may be anything up to 2^63-1, any number of times. Sums saturate instead of trapping.

extension Int64 {
    /// The sum of two non-negative numbers, or the largest number on overflow.
    package func capped(adding other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }

    /// Parses the value of a `Content-Length` header (RFC 9110, section 8.6): digits and nothing else.
    ///
    /// - Returns: `nil` for anything else and for more than 2^63-1.
    package init?(byteCount text: String) {
        guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        self.init(text)
    }
}

extension Sequence<Int64> {
    /// The sum of non-negative numbers, or the largest number on overflow.
    package var cappedSum: Int64 { reduce(0) { $0.capped(adding: $1) } }
}
