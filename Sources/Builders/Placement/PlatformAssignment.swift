package import OCI

/// The nodes that build the platforms of a build.
package enum PlatformAssignment {
    /// A node with what it can build.
    package struct Candidate: Sendable, Hashable {
        package let name: String
        /// The only platforms to be built there; empty for all that it can build.
        package let declared: [Platform]
        /// The platforms whose programs it runs itself.
        package let native: [Platform]
        /// The platforms whose programs it runs with an emulator.
        package let emulated: [Platform]
        /// The number of platforms that it is building.
        package let load: Int

        package init(
            name: String, declared: [Platform] = [], native: [Platform] = [], emulated: [Platform] = [], load: Int = 0
        ) {
            self.name = name
            self.declared = declared
            self.native = native
            self.emulated = emulated
            self.load = load
        }

        /// - Parameter reported: The platforms that BuildKit reports, its own first.
        package init(name: String, declared: [Platform], reported: [Platform], load: Int = 0) {
            let own = reported.first?.normalized
            let runs = own?.acceptable ?? []
            let native = reported.filter { platform in
                platform.normalized.architecture == own?.architecture && platform.normalized.os == own?.os
                    || runs.contains(where: platform.isSame)
            }
            self.init(
                name: name, declared: declared, native: native,
                emulated: reported.filter { platform in !native.contains(where: platform.isSame) }, load: load)
        }
    }

    /// The suitability of a node for a platform, the best first.
    package enum Fit: Int, Sendable, Hashable, Comparable {
        case declared
        case native
        case emulated

        package static func < (one: Fit, other: Fit) -> Bool { one.rawValue < other.rawValue }
    }

    /// A platform and its node.
    package struct Assigned: Sendable, Hashable {
        package let platform: Platform
        /// The index of the node.
        package let node: Int
        package let fit: Fit
    }

    /// Assigns platforms to nodes.
    ///
    /// A platform goes to a node for which it is declared; else to one that runs it natively; else to one that emulates
    /// it. Nodes with declared platforms get no others. Of several nodes that suit equally, the least busy one is chosen,
    /// including what has been assigned before.
    ///
    /// - Returns: The assignments, in the order of the platforms.
    /// - Throws: ``ImageError`` with the platforms of all nodes, if no node suits a platform.
    package static func assign(
        _ platforms: [Platform], to candidates: [Candidate], of builder: String
    ) throws(ImageError) -> [Assigned] {
        let choices = platforms.map { suitable(for: $0, among: candidates) }
        let missing = platforms.indices.filter { choices[$0].nodes.isEmpty }.map { platforms[$0] }
        guard missing.isEmpty else { throw unassignable(missing, candidates, builder) }
        var load = candidates.map(\.load)
        var assigned: [Int: Assigned] = [:]
        // Platforms with few choices come first, so that others leave them room.
        let order = platforms.indices.sorted { (choices[$0].nodes.count, $0) < (choices[$1].nodes.count, $1) }
        for index in order {
            guard let node = choices[index].nodes.min(by: { (load[$0], $0) < (load[$1], $1) }) else { continue }
            load[node] += 1
            assigned[index] = Assigned(platform: platforms[index], node: node, fit: choices[index].fit)
        }
        return platforms.indices.compactMap { assigned[$0] }
    }

    /// The nodes that suit a platform best.
    private static func suitable(
        for platform: Platform, among candidates: [Candidate]
    ) -> (fit: Fit, nodes: [Int]) {
        let fits = candidates.map { $0.fit(for: platform) }
        guard let best = fits.compactMap(\.self).min() else { return (.emulated, []) }
        return (best, fits.indices.filter { fits[$0] == best })
    }

    private static func unassignable(
        _ platforms: [Platform], _ candidates: [Candidate], _ builder: String
    ) -> ImageError {
        let names = platforms.map(\.fullDescription).joined(separator: ", ")
        let nodes = candidates.map { candidate in
            let list = candidate.declared.isEmpty ? candidate.native + candidate.emulated : candidate.declared
            let text = list.isEmpty ? "none" : list.map(\.description).joined(separator: ", ")
            return "\(candidate.name) has \(text)\(candidate.declared.isEmpty ? "" : " by declaration")"
        }
        return ImageError(
            .notFound, "cannot build for \(names)", "no node of the builder \(builder) has it",
            advice: nodes.joined(separator: "; "))
    }
}

extension PlatformAssignment.Candidate {
    /// The suitability of the node for a platform; `nil` for none.
    fileprivate func fit(for platform: Platform) -> PlatformAssignment.Fit? {
        if !declared.isEmpty { return declared.contains(where: platform.isSame) ? .declared : nil }
        if native.contains(where: platform.isSame) { return .native }
        return emulated.contains(where: platform.isSame) ? .emulated : nil
    }
}
