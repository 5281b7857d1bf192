internal import Concurrency
package import OCI

/// Waits until images for several platforms exist, under names derived from the platforms.
package struct SourceWait: Sendable {
    private static let firstPause: Duration = .milliseconds(250)
    private static let longestPause: Duration = .seconds(5)

    private let platforms: [Platform]
    private let timeout: Duration

    /// - Parameter timeout: The maximum time to wait.
    package init(for platforms: [Platform], timeout: Duration) {
        self.platforms = platforms
        self.timeout = timeout
    }

    /// The sources, with every template replaced by the images found for each platform, in the order of the platforms,
    /// including digests.
    ///
    /// - Throws: ``ImageError``: of code `notFound` on a timeout, with everything that is missing; of code `failed` if
    ///   an image is not for its platform; the error of a store, other than "not found".
    package func run(
        for sources: [IndexCreation.Source], in stores: any ImageStores, observer: any TransferObserver
    ) async throws -> [IndexCreation.Source] {
        var wanted: [(reference: Reference, platform: Platform)] = []
        for case .template(let template) in sources {
            for platform in platforms { wanted.append((try template.reference(for: platform), platform)) }
        }
        guard !wanted.isEmpty else {
            throw ImageError(
                .usage, "cannot wait for images", "no source has a placeholder for the platform",
                advice: "write one as in app:1.2-{arch}{variant}")
        }
        let deadline = ContinuousClock.now + timeout
        let found = try await wanted.concurrentMap(limit: wanted.count) { reference, platform in
            try await image(reference, platform, until: deadline, in: stores, observer)
        }
        let missing = zip(wanted, found).filter { $0.1 == nil }.map(\.0.reference.description)
        guard missing.isEmpty else {
            throw ImageError(
                .notFound, "cannot find \(missing.joined(separator: ", "))", "nothing appeared there in \(timeout)",
                advice: "--wait-timeout says how long to wait")
        }
        var rest = found.compactMap { $0 }[...]
        return sources.flatMap { source -> [IndexCreation.Source] in
            guard case .template = source else { return [source] }
            defer { rest = rest.dropFirst(platforms.count) }
            return rest.prefix(platforms.count).map { .reference($0) }
        }
    }

    /// - Returns: The reference with its digest; `nil` on a timeout.
    private func image(
        _ reference: Reference, _ platform: Platform, until deadline: ContinuousClock.Instant,
        in stores: any ImageStores, _ observer: any TransferObserver
    ) async throws -> Reference? {
        let store = try stores.source(at: reference.location)
        let ticket = observer.wait(for: reference)
        var pause = Self.firstPause
        do {
            while true {
                if let digest = try await digest(of: reference, in: store) {
                    try await check(reference.pinned(to: digest), platform, in: stores)
                    ticket.end(.success(.existed))
                    return reference.pinned(to: digest)
                }
                let rest = deadline - .now
                guard rest > .zero else {
                    ticket.end(.failure(ImageError(.notFound, "cannot find \(reference)", "it did not appear")))
                    return nil
                }
                try await Task.sleep(for: min(rest, pause * Double.random(in: 0.5...1)))
                pause = min(pause * 2, Self.longestPause)
            }
        } catch {
            ticket.end(.failure(error))
            throw error
        }
    }

    private func digest(of reference: Reference, in store: any ImageSource) async throws -> Digest? {
        do {
            return try await store.resolve(reference.manifestReference).digest
        } catch let error as ImageError where error.code == .notFound {
            return nil
        }
    }

    private func check(_ reference: Reference, _ platform: Platform, in stores: any ImageStores) async throws {
        let known = try await ImageView.load(reference, from: stores).images().map(\.platform)
        guard !known.contains(where: platform.matches) else { return }
        throw ImageError(
            .failed, "cannot use \(reference) as the image for \(platform.fullDescription)",
            known.isEmpty ? "it does not say what it is for" : "it is for \(known.listing)")
    }
}
