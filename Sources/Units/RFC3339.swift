internal import Glibc

/// Times in the format of RFC 3339, section 5.6.
package enum RFC3339 {
    /// A time in UTC.
    ///
    /// - Parameter seconds: Seconds since 1970.
    package static func text(seconds: Int64) -> String { "\(dateAndTime(seconds))Z" }

    /// A time in UTC, with milliseconds.
    ///
    /// - Parameter milliseconds: Milliseconds since 1970; not negative.
    package static func text(milliseconds: Int64) -> String {
        let fraction = String(milliseconds % 1000)
        let zeros = String(repeating: "0", count: max(0, 3 - fraction.count))
        return "\(dateAndTime(milliseconds / 1000)).\(zeros)\(fraction)Z"
    }

    /// Parses a time, or a number of seconds, to seconds since 1970. Fractions are dropped.
    ///
    /// - Returns: `nil` for anything else, and for years beyond 9999.
    package static func seconds(_ text: String) -> Int64? {
        if let seconds = Int64(text) { return 0...last ~= seconds ? seconds : nil }
        let form = /([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?(.*)/
        guard let match = text.wholeMatch(of: form)?.output, let zone = zone(match.7) else { return nil }
        var parts = tm()
        let fields = [match.1, match.2, match.3, match.4, match.5, match.6].compactMap { Int32($0) }
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (fields[0] - 1900, fields[1] - 1, fields[2])
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (fields[3], fields[4], fields[5])
        let local = Int64(timegm(&parts))
        // A day that the month does not have would become one of the next month.
        guard 0...last ~= local - zone, dateAndTime(local) == text.prefix(19) else { return nil }
        return local - zone
    }

    private static func dateAndTime(_ seconds: Int64) -> String {
        var time = time_t(seconds)
        var parts = tm()
        gmtime_r(&time, &parts)
        var text = [CChar](repeating: 0, count: 64)
        let count = strftime(&text, text.count, "%Y-%m-%dT%H:%M:%S", &parts)
        return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The offset of a time zone from UTC, in seconds.
    private static func zone(_ text: Substring) -> Int64? {
        if text == "Z" { return 0 }
        guard let match = text.wholeMatch(of: /([+-])([0-9]{2}):([0-9]{2})/)?.output,
            let hours = Int64(match.2), let minutes = Int64(match.3)
        else { return nil }
        return (match.1 == "-" ? -1 : 1) * (hours * 3600 + minutes * 60)
    }

    /// The last second of the year 9999, the latest that the format can express.
    package static let last: Int64 = 253_402_300_799
}
