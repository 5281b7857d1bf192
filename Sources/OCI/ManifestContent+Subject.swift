internal import JSON

extension ManifestContent {
    /// The manifest that this one refers to; `nil` if there is none or it is malformed.
    package var subject: Descriptor? {
        document.value["subject"].flatMap { try? Descriptor(json: $0, at: .root) }
    }

    /// The artifact type of a manifest (image-spec, descriptor.md), or else the media type of its configuration; `nil` for
    /// images and for indexes without one.
    package var artifactType: String? {
        if let type = document.value["artifactType"]?.string, !type.isEmpty { return type }
        guard let type = document.value["config"]?["mediaType"]?.string, !type.isEmpty else { return nil }
        return MediaType.isImageConfig(type) ? nil : type
    }

    /// The descriptor of this manifest for a list of referrers (distribution-spec, "Listing Referrers"), with its
    /// artifact type, or else its configuration's media type, and its annotations.
    package var referrer: Descriptor {
        var entry = descriptor
        let type = document.value["artifactType"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        entry.artifactType = type ?? document.value["config"]?["mediaType"]?.string
        for member in document.value["annotations"]?.object?.members ?? [] {
            entry.annotations[member.name] = member.value.string
        }
        return entry
    }
}
