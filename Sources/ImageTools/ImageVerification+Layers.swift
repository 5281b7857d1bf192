internal import JSON
internal import OCI

extension ImageVerification {
    /// Compares the content of layers with the configuration.
    ///
    /// - Parameter inspections: By the digest of the layer, without those that could not be read.
    static func findings(
        in manifest: ImageManifest, _ config: JSONDocument, _ inspections: [Digest: LayerInspection],
        at locations: [String]
    ) -> [VerificationFinding] {
        let diffIDs = config.value["rootfs"]?["diff_ids"]?.array?.map { $0.string ?? "" } ?? []
        let platform = (try? Platform(json: config.value, at: .root))?.normalized
        return manifest.layers.indices.flatMap { position -> [VerificationFinding] in
            guard let inspection = inspections[manifest.layers[position].digest] else { return [] }
            var findings: [VerificationFinding] = []
            if position < diffIDs.count, diffIDs[position].hasPrefix("sha256:"),
                diffIDs[position] != inspection.diffID.description
            {
                let problem = "its content has the diff id \(inspection.diffID), not \(diffIDs[position])"
                findings.append(.error(locations[position], problem))
            }
            if let platform, platform.os == "linux" {
                findings += foreignExecutables(in: inspection, for: platform, at: locations[position])
            }
            return findings
        }
    }

    /// A finding for each architecture that the platform does not run.
    private static func foreignExecutables(
        in inspection: LayerInspection, for platform: Platform, at location: String
    ) -> [VerificationFinding] {
        let runnable = Set(platform.acceptable.map(\.architecture))
        return inspection.executables.sorted { $0.key < $1.key }.compactMap { architecture, executables in
            guard !runnable.contains(architecture) else { return nil }
            let others = executables.count == 1 ? " is" : " and \(executables.count - 1) more executables are"
            return .error(
                location, "\(executables.first)\(others) for linux/\(architecture) in an image for \(platform)")
        }
    }
}
