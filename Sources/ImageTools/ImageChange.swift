internal import JSON
internal import OCI

/// The changes between two images for the same platform.
package struct ImageChange: Sendable {
    /// The old and new entries.
    package let entry: EntryChange
    /// Changed fields of the entries, apart from the content that they refer to.
    package private(set) var entryFields: [FieldChange] = []
    /// Changed fields of the manifests, apart from the configuration and layers.
    package private(set) var manifestFields: [FieldChange] = []
    /// Changed fields of the configurations, apart from the layers.
    package private(set) var configFields: [FieldChange] = []
    /// The changes of all layers; empty if none has changed.
    package private(set) var layers: [LayerChange] = []
    /// Attestations that are not in both.
    package private(set) var attestations: [EntryChange] = []

    var isEmpty: Bool { entry.kind == .keep && attestations.isEmpty }

    init(_ entry: EntryChange) {
        self.entry = entry
        let omitted: Set<String> = ["mediaType", "digest", "size"]
        if entry.kind == .edit {
            entryFields = FieldChange.all(from: entry.before?.json, to: entry.after?.json, omitting: omitted)
        }
    }

    /// Reads and compares the images.
    init(
        _ entry: EntryChange, _ oldView: ImageView, _ newView: ImageView, _ attestations: [EntryChange]
    ) async throws {
        self.init(entry)
        guard entry.kind == .edit || entry.kind == .keep else { return }
        self.attestations = attestations.filter { $0.kind != .keep }
        guard let before = entry.before, let after = entry.after, before.digest != after.digest,
            MediaType.isImageManifest(before.mediaType), MediaType.isImageManifest(after.mediaType)
        else { return }
        let (old, new) = (try await oldView.image(before), try await newView.image(after))
        manifestFields = FieldChange.all(
            from: old.content.document.value, to: new.content.document.value, omitting: ["config", "layers"])
        let (oldManifest, newManifest) = (try old.content.imageManifest(), try new.content.imageManifest())
        if oldManifest.layers.map(\.digest) != newManifest.layers.map(\.digest) {
            layers = LayerChange.all(from: oldManifest.layers, to: newManifest.layers)
        }
        if oldManifest.config.digest != newManifest.config.digest {
            configFields = FieldChange.all(
                from: Self.comparable(try await old.config().value), to: Self.comparable(try await new.config().value),
                omitting: ["rootfs"])
        }
    }

    /// A configuration with its environment as a map, so that changed variables are reported one by one.
    private static func comparable(_ config: JSONValue) -> JSONValue {
        guard case .object(var object) = config else { return config }
        object.change("config") { config in
            guard let variables = config["Env"]?.array?.compactMap(\.string), !variables.isEmpty else { return }
            var environment = JSONObject()
            for variable in variables {
                let name = variable.prefix { $0 != "=" }
                environment[String(name)] = .string(String(variable.dropFirst(name.count + 1)))
            }
            config["Env"] = .object(environment)
        }
        return .object(object)
    }
}

extension ImageView {
    /// The image of an entry; this image itself if it is not an index.
    fileprivate func image(_ entry: Descriptor) async throws -> ImageView {
        content.isIndex ? try await child(entry) : self
    }
}
