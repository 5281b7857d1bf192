internal import Concurrency
internal import OCI

/// The order of writes of manifests to one destination: the same manifest is never written twice at once, nor an index
/// while a manifest that it lists is written again. docker-registry overwrites its records in place, and would find
/// them empty.
final class ManifestTurns: Sendable {
    private struct Write {
        let digest: Digest
        let children: Set<Digest>

        init(_ content: ManifestContent) {
            digest = content.digest
            children = content.isIndex ? Set(((try? content.index().manifests) ?? []).map(\.digest)) : []
        }

        func excludes(_ other: Write) -> Bool {
            digest == other.digest || children.contains(other.digest) || other.children.contains(digest)
        }
    }

    private struct State {
        var running: [Int: Write] = [:]
        var started = 0
        var finished: Set<Digest> = []
    }

    private let state = Watched(State())

    /// Returns true if the manifest was written before, under any name.
    func hasWritten(_ content: ManifestContent) -> Bool { state.look { $0.finished.contains(content.digest) } }

    /// Writes a manifest as soon as no conflicting write is under way.
    func run(_ content: ManifestContent, _ write: () async throws -> Void) async throws {
        let own = Write(content)
        let number = try await state.wait { state -> Int? in
            if state.running.values.contains(where: own.excludes) { return nil }
            state.started += 1
            state.running[state.started] = own
            return state.started
        }
        do {
            try await write()
            end(number, of: content.digest)
        } catch {
            end(number, of: nil)
            throw error
        }
    }

    private func end(_ number: Int, of digest: Digest?) {
        state.change { state in
            state.running[number] = nil
            if let digest { state.finished.insert(digest) }
        }
    }
}
