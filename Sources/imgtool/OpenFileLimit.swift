internal import Glibc

/// The limit on open files and connections.
enum OpenFileLimit {
    /// The minimum below which libraries used by this program abort.
    private static let least: rlim_t = 32
    private static let enough: rlim_t = 256
    private static let wanted: rlim_t = 1024

    private static var resource: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_NOFILE.rawValue) }

    /// Raises a low limit as far as this user may.
    ///
    /// - Returns: A warning if it stays too low.
    static func raise() -> String? {
        var limit = rlimit()
        guard getrlimit(resource, &limit) == 0, limit.rlim_cur < enough else { return nil }
        limit.rlim_cur = min(limit.rlim_max, wanted)
        _ = setrlimit(resource, &limit)
        guard limit.rlim_cur < least else { return nil }
        return "there may be only \(limit.rlim_cur) open files at once, and it takes \(least); see ulimit -n"
    }
}
