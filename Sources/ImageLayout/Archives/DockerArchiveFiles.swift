internal import JSON
internal import OCI

/// What `docker load` reads: a list of images with their configurations and layers, and the older list of names.
struct DockerArchiveFiles {
    /// In the order in which they are written.
    let files: [(name: String, bytes: [UInt8])]

    /// - Parameter manifests: Those that the index names, and others.
    init(_ index: LayoutIndex, _ manifests: [Digest: ManifestContent]) {
        var images: [JSONValue] = []
        var repositories = JSONObject()
        var seen: Set<Digest> = []
        for entry in index.entries where seen.insert(entry.descriptor.digest).inserted {
            let digest = entry.descriptor.digest
            guard let manifest = try? manifests[digest]?.imageManifest() else { continue }
            let names = index.entries.filter { $0.descriptor.digest == digest }.compactMap(\.storedName)
            let layers = manifest.layers.filter { !MediaType.isForeignLayer($0.mediaType) }
            images.append([
                "Config": Self.path(manifest.config), "RepoTags": .array(names.map { .string($0.text) }),
                "Layers": .array(layers.map(Self.path)),
            ])
            for name in names {
                let familiar = Self.familiarName(of: name.repository)
                var tags = repositories[familiar]?.object ?? JSONObject()
                tags[name.tag] = .string(layers.last?.digest.hex ?? digest.hex)
                repositories[familiar] = .object(tags)
            }
        }
        files = [
            ("manifest.json", JSONValue.array(images).bytes(.compact)),
            ("repositories", JSONValue.object(repositories).bytes(.compact)),
        ]
    }

    private static func path(_ blob: Descriptor) -> JSONValue {
        .string("blobs/\(blob.digest.algorithm.rawValue)/\(blob.digest.hex)")
    }

    /// A name as people write it.
    private static func familiarName(of repository: Repository) -> String {
        guard repository.host == "docker.io" else { return repository.description }
        let library = "library/"
        return repository.path.hasPrefix(library) ? String(repository.path.dropFirst(library.count)) : repository.path
    }
}
