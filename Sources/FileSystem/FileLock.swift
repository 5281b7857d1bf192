internal import CLinux
internal import Glibc

/// An advisory lock on an open file or folder (flock(2)), held until ``release()`` or the end of the process.
///
/// The lock belongs to the ``OpenFile``: opening the same file again, in this process or another, does not share it.
package struct FileLock: Sendable {
    package enum Kind: Sendable {
        /// Held by any number of holders at once.
        case shared
        /// Held by one holder only.
        case exclusive
    }

    private static let shortestPause = Duration.milliseconds(2)
    private static let longestPause = Duration.milliseconds(100)

    private let file: OpenFile

    /// Takes the lock if it is free.
    ///
    /// - Returns: `nil` if the lock is held elsewhere.
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

    /// Takes the lock, waiting for it without blocking a thread.
    ///
    /// - Parameters:
    ///   - timeout: The maximum time to wait.
    ///   - quiet: The time to wait before calling `notice`.
    ///   - sign: A number that changes as the holder makes progress; each change restarts the timeout.
    ///   - notice: Called once if the wait exceeds `quiet`.
    /// - Throws: ``FileError`` with `ETIMEDOUT` if the lock was not released in time; `CancellationError`.
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

    /// Releases the lock.
    package func release() {
        _ = clinux_flock(file.descriptor, clinux_lock_unlock)
    }
}
