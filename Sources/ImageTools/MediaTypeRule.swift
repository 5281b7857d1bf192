internal import JSON
internal import OCI

/// The media types for an index, its images and their parts.
package enum MediaTypeRule: String, Sendable, CaseIterable {
    /// Unchanged.
    case keep
    /// Those of the image-spec (media-types.md, "Compatibility Matrix").
    case oci
    /// Those of Docker's image manifest version 2, schema 2.
    case docker
}

extension MediaTypeRule {
    /// The name of a type; `nil` if it cannot be expressed.
    func name(of type: String) -> String? {
        switch self {
        case .keep: type
        // An OCI manifest may have any type, but an unknown one of Docker's stands for an unknown format.
        case .oci: MediaType.name(of: type, in: .oci) ?? (MediaType.isDocker(type) ? nil : type)
        case .docker: MediaType.name(of: type, in: .docker) ?? (MediaType.isDocker(type) ? type : nil)
        }
    }

    /// Converts a manifest and the types of its parts, or an index: its entries follow their manifests. Everything else
    /// is unchanged.
    ///
    /// - Returns: The content itself if there are no changes.
    /// - Throws: ``ImageError`` of code `failed` with what these types cannot express.
    func converted(_ content: ManifestContent) throws(ImageError) -> ManifestContent {
        guard self != .keep else { return content }
        try check(content)
        let parts = content.isIndex ? [] : ["config", "layers"]
        var obstacle: String?
        guard let type = name(of: content.mediaType) else { throw refusal(of: content, "its own type") }
        let converted = try content.rewritten { object in
            if type != content.mediaType { object.set("mediaType", to: .string(type), before: parts + ["manifests"]) }
            for part in parts {
                object[part] = object[part].map { value in
                    convert(value) { obstacle = "its \(part == "config" ? part : "layer") of type \($0)" }
                }
            }
        }
        if let obstacle { throw refusal(of: content, obstacle) }
        return converted
    }

    /// Converts one or several descriptors.
    private func convert(_ value: JSONValue, _ refuse: (_ type: String) -> Void) -> JSONValue {
        if let values = value.array { return .array(values.map { convert($0, refuse) }) }
        guard var part = value.object, let type = part["mediaType"]?.string else { return value }
        guard let name = name(of: type) else {
            refuse(type)
            return value
        }
        part["mediaType"] = .string(name)
        return .object(part)
    }

    func refusal(of content: ManifestContent, _ obstacle: String, advice: String? = nil) -> ImageError {
        let types = self == .docker ? "Docker's media types" : "the media types of OCI"
        return ImageError(
            .failed, "cannot give \(content.isIndex ? "the index" : "the manifest") \(content.digest) \(types)",
            "they cannot express \(obstacle)", advice: advice)
    }

    // MARK: Limits of Docker's types

    /// Refuses content with fields that these types do not support.
    ///
    /// - Parameter omitted: Entries to ignore.
    func check(_ content: ManifestContent, omitting omitted: Set<Digest> = []) throws(ImageError) {
        guard self == .docker, let obstacle = Self.obstacle(in: content, Set(omitted.map(\.description))) else {
            return
        }
        throw refusal(of: content, obstacle)
    }

    private static func obstacle(in content: ManifestContent, _ omitted: Set<String>) -> String? {
        let value = content.document.value
        if let own = obstacle(in: value) { return "its \(own)" }
        for (name, what) in [("config", "its config"), ("layers", "its layer"), ("manifests", "its entry")] {
            for part in value[name]?.array ?? [value[name]].compactMap({ $0 }) {
                let digest = part["digest"]?.string ?? ""
                if !omitted.contains(digest), let found = obstacle(in: part) {
                    return "the \(found) of \(what) \(digest)"
                }
            }
        }
        return nil
    }

    private static func obstacle(in value: JSONValue) -> String? {
        for field in ["artifactType", "subject"] where value[field] != nil { return field }
        return value["annotations"]?.object?.members.first.map { "annotation \($0.name)" }
    }
}
