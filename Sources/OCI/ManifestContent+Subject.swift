internal import JSON

extension ManifestContent {
    /// What this manifest refers to, if it says so in a way that can be read.
    package var subject: Descriptor? {
        document.value["subject"].flatMap { try? Descriptor(json: $0, at: .root) }
    }

    /// The entry for this manifest in a list of referrers (distribution-spec, "Listing Referrers"): with its artifact
    /// type, or that of its configuration, and its annotations.
    package var referrer: Descriptor {
        var entry = descriptor
        let type = document.value["artifactType"]?.string
        entry.artifactType = type ?? document.value["config"]?["mediaType"]?.string
        for member in document.value["annotations"]?.object?.members ?? [] {
            entry.annotations[member.name] = member.value.string
        }
        return entry
    }
}
