internal import Concurrency
internal import ImageTools
internal import OCI
internal import Spelling
internal import Terminal

/// The attestations of each image, for people.
enum AttestationList {
    static func text(of view: ImageView) async throws -> String {
        let images = try await view.images()
        let attestations = try await view.attestations(of: images.map(\.entry))
        let blocks = try await Array(zip(images, attestations)).concurrentMap { image, attestations in
            block(image.platform, try await attestations.concurrentMap { try await AttestationSummary(of: $0) })
        }
        return blocks.joined(separator: "\n")
    }

    private static func block(_ platform: Platform, _ summaries: [AttestationSummary]) -> String {
        var table = TextTable([.init(""), .init("")])
        for summary in summaries {
            let facts = [
                summary.builder.map { "builder \($0)" }, summary.materials.map { counted($0, "material") },
                summary.packages.map { counted($0, "package") },
            ]
            table.append([
                "  \(summary.predicateType)", facts.compactMap { $0 }.joined(separator: ", "),
            ])
        }
        let count = summaries.isEmpty ? "no attestations" : counted(summaries.count, "attestation")
        return "\(platform.fullDescription.escaped): \(count)\n" + (summaries.isEmpty ? "" : table.text)
    }

    private static func counted(_ count: Int, _ noun: String) -> String {
        "\(count) \(noun)" + (count == 1 ? "" : "s")
    }
}
