internal import JSON
package import OCI

/// New values for some fields of a platform; an empty value removes the field.
package struct PlatformChange: Sendable, Hashable {
    package let os: String?
    package let architecture: String?
    package let variant: String?
    package let osVersion: String?
    package let osFeatures: [String]?

    /// - Parameters: `nil` for unchanged fields. Names are normalised, such as `aarch64` to `arm64`.
    /// - Throws: ``ImageError`` of code `usage` for an unknown operating system or architecture.
    package init(
        os: String? = nil, architecture: String? = nil, variant: String? = nil, osVersion: String? = nil,
        osFeatures: [String]? = nil
    ) throws(ImageError) {
        let usual = Platform(os: os ?? "linux", architecture: architecture ?? "amd64", variant: variant).normalized
        if let os, !Platform.knownSystems.contains(usual.os) {
            throw ImageError(.usage, "cannot use \"\(os)\" as an operating system", "it is unknown")
        }
        if let architecture, !Platform.knownArchitectures.contains(usual.architecture) {
            throw ImageError(.usage, "cannot use \"\(architecture)\" as an architecture", "it is unknown")
        }
        self.os = os.map { _ in usual.os }
        self.architecture = architecture.map { _ in usual.architecture }
        // Names such as armhf imply a variant.
        let isAlias = architecture.map { $0.lowercased() != usual.architecture } ?? false
        self.variant = variant ?? (isAlias ? usual.variant : nil)
        self.osVersion = osVersion
        self.osFeatures = osFeatures.map { $0.filter { !$0.isEmpty } }
    }

    package var isEmpty: Bool {
        os == nil && architecture == nil && variant == nil && osVersion == nil && osFeatures == nil
    }

    /// The fields, in the usual order, with their new values.
    private var values: [(name: String, value: JSONValue?)] {
        func text(_ name: String, _ text: String?) -> [(String, JSONValue?)] {
            text.map { [(name, $0.isEmpty ? nil : .string($0))] } ?? []
        }
        let features = osFeatures.map { features -> (String, JSONValue?) in
            ("os.features", features.isEmpty ? nil : .array(features.map { .string($0) }))
        }
        return text("architecture", architecture) + text("os", os) + text("os.version", osVersion)
            + (features.map { [$0] } ?? []) + text("variant", variant)
    }

    /// Changes the platform of an entry.
    func apply(to entry: inout JSONObject) {
        if isEmpty { return }
        var platform = entry["platform"]?.object ?? JSONObject()
        let order = ["architecture", "os", "os.version", "os.features", "variant"]
        for (name, value) in values {
            let later = order.drop { $0 != name }.dropFirst()
            platform.set(name, to: value, before: Array(later))
        }
        entry.set("platform", to: .object(platform), before: ["artifactType"])
    }
}
