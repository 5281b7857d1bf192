internal import JSON
internal import OCI

/// Checks the consistency of an index without reading anything else.
struct IndexConsistency {
    let mediaType: String
    let entries: [Descriptor]

    /// - Parameter locations: The locations of the entries, for findings.
    func findings(at locations: [String]) -> [VerificationFinding] {
        var findings: [VerificationFinding] = []
        let own = Set(entries.filter(\.isImageEntry).map(\.digest.description))
        var platforms: [String: Int] = [:]
        for (position, entry) in entries.enumerated() {
            let location = locations[position]
            if let attested = entry.attestedDigest {
                if !own.contains(attested) {
                    findings.append(
                        .error(location, "it attests \(attested.isEmpty ? "nothing" : attested), which is not an entry")
                    )
                }
                continue
            }
            if mediaType == MediaType.dockerList, !MediaType.isDocker(entry.mediaType) {
                findings.append(.warning(location, "a Docker manifest list has a \(entry.mediaType)"))
            }
            guard entry.isImageEntry, let platform = entry.platform else { continue }
            let key = platform.normalized.fullDescription
            if let twin = platforms.updateValue(position, forKey: key) {
                findings.append(.warning(location, "\(locations[twin]) is for the same platform"))
            }
        }
        return findings
    }
}

/// Checks the consistency of an image's manifest and configuration.
enum ManifestConsistency {
    static func findings(
        of mediaType: String, _ manifest: ImageManifest, at path: String
    ) -> [VerificationFinding] {
        let isDocker = MediaType.isDocker(mediaType)
        let parts = [("config", manifest.config)] + manifest.layers.enumerated().map { ("layers[\($0)]", $1) }
        return parts.compactMap { name, part in
            let family = MediaType.isDocker(part.mediaType) ? "Docker's" : "an OCI"
            let isOfImage = part.mediaType.hasPrefix("application/vnd.oci.image.") || MediaType.isDocker(part.mediaType)
            guard isOfImage, MediaType.isDocker(part.mediaType) != isDocker else { return nil }
            let location = path.isEmpty ? name : "\(path) > \(name)"
            return .warning(location, "it is of \(family) type, \(part.mediaType), in a \(mediaType)")
        }
    }

    static func findings(
        ofConfig config: JSONDocument, _ manifest: ImageManifest, at location: String
    ) -> [VerificationFinding] {
        guard let diffIDs = config.value["rootfs"]?["diff_ids"]?.array else {
            return manifest.layers.isEmpty ? [] : [.error(location, "it has no rootfs.diff_ids")]
        }
        guard diffIDs.count != manifest.layers.count else { return [] }
        return [.error(location, "it has \(diffIDs.count) diff ids for \(manifest.layers.count) layers")]
    }
}

/// Checks the consistency of the platforms in an entry and in a configuration.
enum PlatformConsistency {
    static func findings(_ listed: Platform, _ configured: Platform, at location: String) -> [VerificationFinding] {
        let (listed, configured) = (listed.normalized, configured.normalized)
        let isSame =
            listed.os == configured.os && listed.architecture == configured.architecture
            && (configured.variant == nil || listed.variant == configured.variant)
        if !isSame {
            return [.error(location, "it is listed as \(listed), but its configuration says \(configured)")]
        }
        guard let version = listed.osVersion, let actual = configured.osVersion, version != actual else { return [] }
        return [.error(location, "it is listed as version \(version), but its configuration says \(actual)")]
    }
}
