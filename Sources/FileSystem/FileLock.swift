internal import CLinux
internal import Glibc

/// An advisory lock on an open file or folder (flock(2)), which ends with ``release()`` or with the process.
///
/// The lock belongs to the ``OpenFile``: whoever opens the same file again, in this process or another, is kept out.
package struct FileLock: Sendable {
    package enum Kind: Sendable {
        /// Held by any number at once.
        case shared
        /// Held alone.
        case exclusive
    }

    private static let shortestPause = Duration.milliseconds(2)
    private static let longestPause = Duration.milliseconds(100)

    private let file: OpenFile

    /// Takes the lock if it is free.
    ///
    /// - Returns: `nil` when somebody else holds it.
    package init?(_ kind: Kind, trying file: OpenFile) throws(FileError) {
        let operation = kind == .shared ? clinux_lock_shared : clinux_lock_exclusive
        self.file = file
        do {
            _ = try calling("lock", file.path) { clinux_flock(file.descriptor, operation | clinux_lock_nonblocking) }
        } catch {
            if error.code == EWOULDBLOCK { return nil }
            throw error
        }
    }

    /// Takes the lock, waiting for it without keeping a thread.
    ///
    /// - Parameters:
    ///   - timeout: How long to wait at most.
    ///   - quiet: How long to wait without saying so.
    ///   - sign: A number that changes while the holder is getting on with its work; then the timeout starts anew.
    ///   - notice: Is called once when the wait has become longer than `quiet`.
    /// - Throws: ``FileError``, with `ETIMEDOUT` when the lock was not free in time; `CancellationError`.
    package init(
        _ kind: Kind, waitingFor file: OpenFile, timeout: Duration, quiet: Duration = .seconds(1),
        signOfLife sign: () -> Int64 = { 0 }, notice: () -> Void = {}
    ) async throws {
        let clock = ContinuousClock()
        let start = clock.now
        var deadline = start.advanced(by: timeout)
        var lastSign = sign()
        var pause = Self.shortestPause
        var isSilent = true
        while true {
            if let lock = try FileLock(kind, trying: file) {
                self = lock
                return
            }
            let now = clock.now
            let newSign = sign()
            if newSign != lastSign { (lastSign, deadline) = (newSign, now.advanced(by: timeout)) }
            guard now < deadline else { throw FileError(ETIMEDOUT, "lock", file.path) }
            if isSilent, start.duration(to: now) >= quiet {
                isSilent = false
                notice()
            }
            try await Task.sleep(for: min(pause, now.duration(to: deadline)))
            pause = min(pause * 2, Self.longestPause)
        }
    }

    /// Lets the next one in.
    package func release() {
        _ = clinux_flock(file.descriptor, clinux_lock_unlock)
    }
}
