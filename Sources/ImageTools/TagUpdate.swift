internal import Concurrency
package import OCI

/// Changes what a tag points to so that changes made by others at the same time are not lost.
///
/// Registries have no compare-and-swap, but for those that honour `If-Match`. So: read, change, write the new content under its digest, look whether the tag
/// is still what was read, move it, and read it back for a while. When somebody else's content is there and lacks the
/// change, the change is made to that, and so on. What is not promised: a plain overwrite by another tool after the last
/// look.
package struct TagUpdate: Sendable {
    /// Makes the new content out of what the tag holds, which is `nil` when it does not exist.
    ///
    /// It has to give what it was given, byte for byte, when the change is in it already, and to have written all that
    /// the new content refers to.
    package typealias Change = (ManifestContent?) async throws -> ManifestContent

    /// For how long it is looked, after the last change by anybody, whether ours stays.
    private static let settling: Duration = .milliseconds(500)
    private static let looks = 4
    /// How many times as long as it took us to write it is looked at least.
    private static let caution = 5
    private static let longestWindow: Duration = .seconds(10)

    private let store: any ImageDestination
    private let tag: String
    private let timeout: Duration

    /// - Parameter timeout: How long it is tried to get the change in among others.
    package init(of tag: String, in store: any ImageDestination, timeout: Duration = .seconds(60)) {
        self.store = store
        self.tag = tag
        self.timeout = timeout
    }

    /// - Returns: What the tag holds now; the change is in it.
    /// - Throws: ``ImageError`` of code `failed` when the time is over; what the change throws.
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
                // What the broken exchange did is seen by reading anew.
                trouble = error
            }
        } while ContinuousClock.now < deadline
        if let trouble { throw trouble }
        throw ImageError(
            .failed, "cannot change \(store.name):\(tag)", "others kept changing it for \(timeout), \(round) times",
            advice: "run it again; it adds what is missing")
    }

    /// What the rounds before have met.
    private struct History {
        /// Whether the tag may have been moved by us.
        var hasWritten = false
        /// What the place would not move the tag from, as if it did not hold it.
        var refused: Digest?
        /// For how long it is to be looked whether the change stays.
        var window = TagUpdate.settling
    }

    /// One round of reading, changing and looking.
    ///
    /// - Returns: `nil` when somebody else came in between.
    private func attempt(
        _ change: Change, after history: inout History, until deadline: ContinuousClock.Instant
    ) async throws -> ManifestContent? {
        let base = try await read()
        let changed = try await change(base)
        if let base, changed.bytes == base.bytes {
            // What was written in a round that broke off has not been looked after yet.
            return history.hasWritten ? try await settled(base, change, for: history.window, until: deadline) : base
        }
        let started = ContinuousClock.now
        try await store.put(changed, as: .child)
        guard try await read()?.digest == base?.digest else { return nil }
        // A place that says so of what it holds all the same compares something else than digests.
        let expected = base?.digest == history.refused ? nil : base?.digest
        history.hasWritten = true
        let isMoved = try await move(to: changed, from: expected)
        // Others are about as slow as we are; a write of theirs that is under way has to be seen.
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
    /// - Returns: Whether it still was what was expected, which not every place can tell.
    private func move(to content: ManifestContent, from expected: Digest?) async throws -> Bool {
        do {
            try await store.put(content, as: .tagOnce(tag, replacing: expected))
            return true
        } catch let error as ImageError where error.code == .overtaken && expected != nil {
            return false
        }
    }

    /// What the tag holds when nobody has changed it for a while, or the time is over. Where others are at work, a write
    /// of theirs may be under way that has not seen ours.
    ///
    /// - Returns: `nil` when the change was not in it, even once.
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

    /// What the tag holds; `nil` when it does not exist.
    package func read() async throws -> ManifestContent? {
        do {
            return try await store.manifest(.tag(tag))
        } catch let error as ImageError where error.code == .notFound {
            return nil
        }
    }

    /// A pause that grows and varies, so that those who met do not meet again.
    private static func pause(_ round: Int) -> Duration {
        .milliseconds(20 << min(round, 5)) * Double.random(in: 0.5...1.5)
    }
}
