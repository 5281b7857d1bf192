internal import Concurrency
package import OCI

/// Updates a tag without losing concurrent changes.
///
/// Registries have no compare-and-swap, except for those that honour `If-Match`. So: read, change, write the new
/// content under its digest, check that the tag has not changed, move it, and read it back for a while. If another
/// process replaced it with content that lacks the change, apply the change to that, and so on. This cannot protect
/// against a plain overwrite by another tool after the last check.
package struct TagUpdate: Sendable {
    /// Changes the content of a tag, which is `nil` if the tag does not exist.
    ///
    /// If the content includes the change already, it must be returned byte for byte. Everything that new content
    /// refers to must have been written.
    package typealias Change = (ManifestContent?) async throws -> ManifestContent

    /// The time to check, after the last change by any process, that this change stays.
    private static let settling: Duration = .milliseconds(500)
    private static let looks = 4
    /// The minimum of that time, as a multiple of the duration of the write.
    private static let caution = 5
    private static let longestWindow: Duration = .seconds(10)

    private let store: any ImageStore
    private let tag: String
    private let timeout: Duration

    /// - Parameter timeout: The maximum time for an update among concurrent ones.
    package init(of tag: String, in store: any ImageStore, timeout: Duration = .seconds(60)) {
        self.store = store
        self.tag = tag
        self.timeout = timeout
    }

    /// - Returns: The content of the tag, including the change.
    /// - Throws: ``ImageError`` of code `failed` on a timeout; the error of the change.
    package func run(_ change: Change) async throws -> ManifestContent {
        let deadline = ContinuousClock.now + timeout
        var round = 0
        var trouble: ImageError?
        var history = History()
        repeat {
            if round > 0 { try await Task.sleep(for: Self.pause(round)) }
            round += 1
            do {
                if let settled = try await attempt(change, after: &history, until: deadline) { return settled }
            } catch let error as ImageError where error.code == .interrupted {
                // Reading again shows what the failed exchange achieved.
                trouble = error
            }
        } while ContinuousClock.now < deadline
        if let trouble { throw trouble }
        throw ImageError(
            .failed, "cannot change \(store.name):\(tag)", "others kept changing it for \(timeout), \(round) times",
            advice: "run it again; it adds what is missing")
    }

    /// The history of previous rounds.
    private struct History {
        /// True if this update may have moved the tag.
        var hasWritten = false
        /// The digest that the store refused as the expected one, although it holds it.
        var refused: Digest?
        /// The time to check that the change stays.
        var window = TagUpdate.settling
    }

    /// One round of reading, changing and checking.
    ///
    /// - Returns: `nil` if another process intervened.
    private func attempt(
        _ change: Change, after history: inout History, until deadline: ContinuousClock.Instant
    ) async throws -> ManifestContent? {
        let base = try await read()
        let changed = try await change(base)
        if let base, changed.bytes == base.bytes {
            // An earlier round may have broken off before the check.
            return history.hasWritten ? try await settled(base, change, for: history.window, until: deadline) : base
        }
        let started = ContinuousClock.now
        try await store.put(changed, as: .child)
        guard try await read()?.digest == base?.digest else { return nil }
        // A store that refuses the digest it holds compares something other than digests.
        let expected = base?.digest == history.refused ? nil : base?.digest
        history.hasWritten = true
        let isMoved = try await move(to: changed, from: expected)
        // Other clients are probably as slow as this one, and a write of theirs in progress has to be noticed.
        let window = max(history.window, started.duration(to: .now) * Self.caution)
        history.window = min(window, Self.longestWindow)
        guard isMoved else {
            history.refused = expected
            return nil
        }
        return try await settled(changed, change, for: history.window, until: deadline)
    }

    /// Moves the tag.
    ///
    /// - Returns: False if the tag did not have the expected content, which not every store can tell.
    private func move(to content: ManifestContent, from expected: Digest?) async throws -> Bool {
        do {
            try await store.put(content, as: .tagOnce(tag, replacing: expected))
            return true
        } catch let error as ImageError where error.code == .overtaken && expected != nil {
            return false
        }
    }

    /// The content of the tag after it has not changed for a while, or on a timeout. Until then, a concurrent write may
    /// not have seen this change.
    ///
    /// - Returns: `nil` if the change was missing at any time.
    private func settled(
        _ written: ManifestContent, _ change: Change, for window: Duration, until deadline: ContinuousClock.Instant
    ) async throws -> ManifestContent? {
        var held = written
        var quiet = 0
        repeat {
            try await Task.sleep(for: window / Self.looks)
            guard let now = try await read() else { return nil }
            quiet += 1
            if now.digest == held.digest { continue }
            guard try await change(now).bytes == now.bytes else { return nil }
            (held, quiet) = (now, 0)
        } while quiet < Self.looks && ContinuousClock.now < deadline
        return held
    }

    /// The content of the tag; `nil` if it does not exist.
    package func read() async throws -> ManifestContent? {
        do {
            return try await store.manifest(.tag(tag))
        } catch let error as ImageError where error.code == .notFound {
            return nil
        }
    }

    /// A growing, randomised delay, so that competing updates do not collide again.
    private static func pause(_ round: Int) -> Duration {
        .milliseconds(20 << min(round, 5)) * Double.random(in: 0.5...1.5)
    }
}
