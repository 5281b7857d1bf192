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
    private let patience: Duration

    /// - Parameter patience: How long it is tried to get the change in among others.
    package init(of tag: String, in store: any ImageDestination, patience: Duration = .seconds(60)) {
        self.store = store
        self.tag = tag
        self.patience = patience
    }

    /// - Returns: What the tag holds now; the change is in it.
    /// - Throws: ``ImageError`` of code `failed` when the time is over; what the change throws.
    package func run(_ change: Change) async throws -> ManifestContent {
        let deadline = ContinuousClock.now + patience
        var round = 0
        var trouble: ImageError?
        var overtaken: Overtaking?
        repeat {
            if round > 0 { try await Task.sleep(for: Self.pause(round)) }
            round += 1
            do {
                if let settled = try await attempt(change, after: overtaken, until: deadline) { return settled }
            } catch let error as ImageError where error.code == .interrupted {
                // What the broken exchange did is seen by reading anew.
                trouble = error
            } catch let error as Overtaking {
                overtaken = error
            }
        } while ContinuousClock.now < deadline
        if let trouble { throw trouble }
        throw ImageError(
            .failed, "cannot change \(store.name):\(tag)", "others kept changing it for \(patience), \(round) times",
            advice: "run it again; it adds what is missing")
    }

    /// Says that the place did not move the tag, because it did not hold this content.
    private struct Overtaking: Error {
        let base: Digest
    }

    /// One round of reading, changing and looking.
    ///
    /// - Returns: `nil` when somebody else came in between.
    private func attempt(
        _ change: Change, after overtaken: Overtaking?, until deadline: ContinuousClock.Instant
    ) async throws -> ManifestContent? {
        let base = try await read()
        let changed = try await change(base)
        if changed.bytes == base?.bytes { return base }
        let started = ContinuousClock.now
        try await store.put(changed, as: .child)
        guard try await read()?.digest == base?.digest else { return nil }
        // A place that says so of what it holds all the same compares something else than digests.
        let expected = base?.digest == overtaken?.base ? nil : base?.digest
        do {
            try await store.put(changed, as: .tagOnce(tag, replacing: expected))
        } catch let error as ImageError where error.code == .overtaken {
            guard let expected else { throw error }
            throw Overtaking(base: expected)
        }
        // Others are about as slow as we are; a write of theirs that is under way has to be seen.
        let window = min(max(Self.settling, started.duration(to: .now) * Self.caution), Self.longestWindow)
        return try await settled(changed, change, for: window, until: deadline)
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
