// Sizes come from strangers, who may claim anything up to 2^63-1 of each of any number of things. Sums of them stop at the
// largest number there is, instead of stopping the program.

extension Int64 {
    /// The sum, or the largest number where it would be larger. Both are zero or more.
    package func capped(adding other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }

    /// A number of bytes in a header of HTTP (RFC 9110, section 8.6): digits and nothing else.
    ///
    /// - Returns: `nil` for anything else, and for what is more than 2^63-1.
    package init?(byteCount text: String) {
        guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else {
            return nil
        }
        self.init(text)
    }
}

extension Sequence<Int64> {
    /// All of them added up, or the largest number where that would be larger. Each is zero or more.
    package var cappedSum: Int64 { reduce(0) { $0.capped(adding: $1) } }
}
