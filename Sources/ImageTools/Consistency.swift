internal import JSON
internal import OCI

/// What an index says against itself. Pure: nothing is read.
struct IndexConsistency {
    let mediaType: String
    let entries: [Descriptor]

    /// - Parameter places: What each entry is called in findings.
    func findings(at places: [String]) -> [VerificationFinding] {
        var findings: [VerificationFinding] = []
        let own = Set(entries.filter(\.isOwn).map(\.digest.description))
        var platforms: [String: Int] = [:]
        for (position, entry) in entries.enumerated() {
            let place = places[position]
            if let attested = entry.attestedDigest {
                if !own.contains(attested) {
                    findings.append(
                        .error(place, "it attests \(attested.isEmpty ? "nothing" : attested), which is not an entry"))
                }
                continue
            }
            if mediaType == MediaType.dockerList, !MediaType.isDocker(entry.mediaType) {
                findings.append(.error(place, "a Docker manifest list has a \(entry.mediaType)"))
            }
            guard entry.isOwn, let platform = entry.platform else { continue }
            let key = platform.normalized.fullDescription
            if let twin = platforms.updateValue(position, forKey: key) {
                findings.append(.warning(place, "\(places[twin]) is for the same platform"))
            }
        }
        return findings
    }
}

/// What an image's manifest and configuration say against each other.
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
            let place = path.isEmpty ? name : "\(path) > \(name)"
            return .error(place, "it is of \(family) type, \(part.mediaType), in a \(mediaType)")
        }
    }

    static func findings(
        ofConfig config: JSONDocument, _ manifest: ImageManifest, at place: String
    ) -> [VerificationFinding] {
        guard let diffIDs = config.value["rootfs"]?["diff_ids"]?.array else {
            return manifest.layers.isEmpty ? [] : [.error(place, "it has no rootfs.diff_ids")]
        }
        guard diffIDs.count != manifest.layers.count else { return [] }
        return [.error(place, "it has \(diffIDs.count) diff ids for \(manifest.layers.count) layers")]
    }
}

/// What an entry and a configuration say of one platform.
enum PlatformConsistency {
    static func findings(_ listed: Platform, _ configured: Platform, at place: String) -> [VerificationFinding] {
        let (listed, configured) = (listed.normalized, configured.normalized)
        let isSame =
            listed.os == configured.os && listed.architecture == configured.architecture
            && (configured.variant == nil || listed.variant == configured.variant)
        if !isSame {
            return [.error(place, "it is listed as \(listed), but its configuration says \(configured)")]
        }
        guard let version = listed.osVersion, let actual = configured.osVersion, version != actual else { return [] }
        return [.error(place, "it is listed as version \(version), but its configuration says \(actual)")]
    }
}
