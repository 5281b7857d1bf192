package import JSON

/// A platform (image-spec, image-index.md, "platform"), as written.
///
/// Compare platforms in their ``normalized`` form.
package struct Platform: Hashable, Sendable, CustomStringConvertible {
    package var architecture: String
    package var os: String
    package var osVersion: String?
    package var osFeatures: [String]
    package var variant: String?
    package var other: [JSONObject.Member]

    package init(
        os: String, architecture: String, variant: String? = nil, osVersion: String? = nil, osFeatures: [String] = []
    ) {
        self.os = os
        self.architecture = architecture
        self.variant = variant
        self.osVersion = osVersion
        self.osFeatures = osFeatures
        other = []
    }

    /// `os/architecture[/variant]`, as in `docker buildx`.
    package var description: String {
        ([os.isEmpty ? "unknown" : os, architecture] + (variant.map { [$0] } ?? []))
            .filter { !$0.isEmpty }.joined(separator: "/")
    }

    /// `os(version+feature)/architecture[/variant]`: everything that distinguishes platforms, with sorted features.
    package var fullDescription: String {
        let details = (osVersion ?? "") + osFeatures.filter { !$0.isEmpty }.sorted().map { "+\($0)" }.joined()
        guard !details.isEmpty else { return description }
        return "\(os)(\(details))" + description.dropFirst(os.isEmpty ? "unknown".count : os.count)
    }

    /// The platform of this machine.
    package static let host: Platform = {
        #if arch(x86_64)
            Platform(os: "linux", architecture: "amd64")
        #elseif arch(arm64)
            Platform(os: "linux", architecture: "arm64")
        #elseif arch(arm)
            Platform(os: "linux", architecture: "arm", variant: "v7")
        #elseif arch(riscv64)
            Platform(os: "linux", architecture: "riscv64")
        #elseif arch(s390x)
            Platform(os: "linux", architecture: "s390x")
        #else
            Platform(os: "linux", architecture: "ppc64le")
        #endif
    }()

    /// The platform of entries that are no images, as BuildKit writes it.
    package static let unknown = Platform(os: "unknown", architecture: "unknown")

    /// True for `unknown/unknown`, which marks attestations.
    package var isUnknown: Bool { os == "unknown" && architecture == "unknown" }
}

extension Platform {
    /// Parses the `platform` of a descriptor, or the same fields of an image configuration.
    ///
    /// - Throws: ``JSONShapeError``.
    package init(json: JSONValue, at path: JSONPath) throws(JSONShapeError) {
        var fields = try JSONFields(json, at: path)
        architecture = try fields.string("architecture") ?? ""
        os = try fields.string("os") ?? ""
        osVersion = try fields.string("os.version")
        osFeatures = try fields.strings("os.features")
        variant = try fields.string("variant")
        other = fields.remaining
    }

    /// The platform as JSON, with its fields in the usual order.
    package var json: JSONValue {
        var object = JSONObject()
        object["architecture"] = .string(architecture)
        object["os"] = .string(os)
        object["os.version"] = osVersion.flatMap { $0.isEmpty ? nil : .string($0) }
        object["os.features"] = osFeatures.isEmpty ? nil : .array(osFeatures.map { .string($0) })
        object["variant"] = variant.flatMap { $0.isEmpty ? nil : .string($0) }
        object.members += other
        return .object(object)
    }
}
