internal import JSON
internal import OCI

/// The files for `docker load`: a list of images with configurations and layers, and the older list of names.
///
/// The first is useful in OCI archives as well. `podman load` knows only the names in it, and a Docker engine with the
/// older image store needs it.
struct DockerArchiveFiles {
    private var images: [JSONValue] = []
    private var repositories = JSONObject()
    private var hasNames = false

    /// - Parameter manifests: The manifests that the index refers to; there may be others.
    init(_ index: LayoutIndex, _ manifests: [Digest: ManifestContent]) {
        var seen: Set<Digest> = []
        for entry in index.entries where seen.insert(entry.descriptor.digest).inserted {
            let digest = entry.descriptor.digest
            guard let manifest = try? manifests[digest]?.imageManifest(),
                MediaType.isImageConfig(manifest.config.mediaType)
            else { continue }
            let names = index.entries.filter { $0.descriptor.digest == digest }
                .compactMap { $0.containerdName.flatMap(StoredName.init(parsing:)) }
            hasNames = hasNames || !names.isEmpty
            let layers = manifest.layers.filter { !MediaType.isForeignLayer($0.mediaType) }
            images.append([
                "Config": Self.path(manifest.config), "RepoTags": .array(names.map { .string($0.text) }),
                "Layers": .array(layers.map(Self.path)),
            ])
            for name in names {
                let familiar = name.repository.familiarName
                var tags = repositories[familiar]?.object ?? JSONObject()
                tags[name.tag] = .string(layers.last?.digest.hex ?? digest.hex)
                repositories[familiar] = .object(tags)
            }
        }
    }

    /// In the order of writing.
    func files(in format: Reference.ArchiveFormat) -> [(name: String, bytes: [UInt8])] {
        let list = ("manifest.json", JSONValue.array(images).bytes(.compact))
        switch format {
        case .oci: return hasNames ? [list] : []
        case .docker: return [list, ("repositories", JSONValue.object(repositories).bytes(.compact))]
        }
    }

    private static func path(_ blob: Descriptor) -> JSONValue {
        .string("blobs/\(blob.digest.algorithm.rawValue)/\(blob.digest.hex)")
    }
}
