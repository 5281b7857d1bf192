internal import Foundation

/// What goes wrong, for which requests, and how often.
package struct Fault: Sendable {
    /// What goes wrong.
    package enum Action: Sendable {
        /// The proxy answers by itself; the registry never sees the request.
        case status(Int, headers: [String: String] = [:], body: String = "")
        /// The connection ends after so many bytes of the answer's body.
        case cutResponse(afterBytes: Int)
        /// The connection ends after so many bytes of the request's body, which the registry has got.
        case cutRequest(afterBytes: Int)
        /// The request waits so long before it is passed on.
        case delay(milliseconds: Int)
        /// A header of the registry's answer is replaced, added, or with `nil` removed.
        case rewriteHeader(String, String?)
        /// The body of the registry's answer is another one, with the length that belongs to it.
        case replaceBody([UInt8])
        /// The registry does what it was asked to, but the connection ends before its answer.
        case dropAnswer
        /// There is never an answer; the connection stays open.
        case stall

        /// Whether nothing else can be done to the same request.
        var isFinal: Bool {
            switch self {
            case .status, .stall: true
            default: false
            }
        }
    }

    package let action: Action
    /// How many matching requests it hits; `nil` for all.
    package let times: Int?
    /// How many matching requests it lets pass first.
    package let skipped: Int
    let matches: @Sendable (FaultProxy.Exchange) -> Bool

    /// A fault for the requests that a condition selects by method, target and headers.
    ///
    /// Without `times` it hits all of them; `skipping` says how many it lets pass first.
    package init(
        _ action: Action, times: Int? = nil, skipping skipped: Int = 0,
        where matches: @escaping @Sendable (FaultProxy.Exchange) -> Bool
    ) {
        self.matches = matches
        self.times = times
        self.skipped = skipped
        self.action = action
    }

    /// A fault for the requests of a method, or all methods, whose path and query contain a text.
    package init(
        _ action: Action, on method: String? = nil, at part: String = "", times: Int? = nil, skipping skipped: Int = 0
    ) {
        self.init(action, times: times, skipping: skipped) { $0.isRequest(method, part) }
    }
}

/// Dates as HTTP writes them (RFC 9110, section 5.6.7), for `Retry-After`.
package enum HTTPDate {
    /// The moment so many seconds from now.
    package static func text(secondsFromNow seconds: Int) -> String {
        var moment = time(nil) + seconds
        var parts = tm()
        gmtime_r(&moment, &parts)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let date = "\(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(parts.tm_year + 1900)"
        let clock = "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
        return "\(days[Int(parts.tm_wday)]), \(date) \(clock) GMT"
    }
}
