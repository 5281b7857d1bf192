internal import FileSystem
package import OCI

extension LayoutStore: ImageDestination {
    /// Adds a blob. The bytes are always copied and verified, even from another local layout.
    package func put(_ blob: BlobContent, mountingFrom neighbour: (any ImageSource)?) async throws -> BlobPlacement {
        let descriptor = blob.descriptor
        return try await attempting("cannot write the blob \(descriptor.digest) to \(name)") {
            try await prepare()
            return try await add(descriptor, unless: { () throws(FileError) in try holds(descriptor) }) { partial in
                try await partial.fetch(blob)
            }
        }
    }

    package func put(_ manifest: ManifestContent, as naming: ManifestNaming) async throws {
        let attempt = "cannot write the manifest \(manifest.digest) to \(name)"
        try await attempting(attempt) {
            try await prepare()
            _ = try await add(manifest.descriptor, unless: { () throws(FileError) in try holds(manifest) }) {
                partial in
                try partial.write(manifest.bytes)
            }
        }
        switch naming {
        case .child: break
        case .digest:
            try await changeIndex(attempt) { index throws(ImageError) in
                if repository != nil { _ = try wholeTree(of: manifest.descriptor, attempt) }
                index.add(manifest)
            }
        case .tag(let tag): try await set(tag, to: manifest.descriptor, attempt)
        case .tagOnce(let tag, let replaced):
            try await set(tag, to: manifest.descriptor, attempt, replacing: replaced)
        }
    }
}

extension LayoutStore {
    /// - Parameter replaced: The digest that the tag must have now; `nil` for any.
    private func set(
        _ tag: String, to manifest: Descriptor, _ attempt: String, replacing replaced: Digest? = nil
    ) async throws {
        try await changeIndex(attempt) { index throws(ImageError) in
            let current =
                repository.map { index.entry(named: tag, of: $0)?.descriptor.digest }
                ?? (try? index.entry(for: tag, in: name).descriptor.digest)
            guard replaced == nil || current == replaced else {
                throw ImageError(.overtaken, attempt, "another process has moved the tag \(tag)")
            }
            guard let repository else { return index.set(tag, to: manifest) }
            let tree = try wholeTree(of: manifest, attempt)
            let isBuilt = isOfBuilds || self.isBuilt(tree, in: index)
            index.set(tag, of: repository, to: manifest, ImageSummary(tree, in: self), isBuilt: isBuilt)
        }
    }

    /// Everything below a manifest that is to get a name.
    private func wholeTree(of manifest: Descriptor, _ attempt: String) throws(ImageError) -> LayoutTree {
        do { return try whole(manifest, attempt) } catch { throw error.inside }
    }

    /// Changes `index.json` atomically.
    func changeIndex(
        _ attempt: String, _ change: (inout LayoutIndex) throws(ImageError) -> Void
    ) async throws {
        try await withFolderLock(attempt) { folder throws(ImageError) in
            let old = try attempting(attempt) { () throws(FileError) in try readIndexFile() }
            var index = try parseIndex(old, attempt)
            try change(&index)
            let new = index.bytes
            if new == old { return }
            guard new.count <= Int(ManifestContent.maximumSize) else {
                throw ImageError(.failed, attempt, "index.json would exceed its size limit")
            }
            try attempting(attempt) { () throws(FileError) in
                // The names of the blobs must reach the device before an index that refers to them.
                for algorithm in Digest.Algorithm.allCases
                where try FileStatus(of: self.folder(of: algorithm)) != nil {
                    try blobs(of: algorithm, in: folder).synchronize()
                }
                try replace(Self.indexName, in: folder, with: new)
            }
        }
    }

    /// Adds a file to `blobs`, unless it is there.
    private func add(
        _ descriptor: Descriptor, unless isThere: () throws(FileError) -> Bool,
        writing write: (PartialBlob) async throws -> Void
    ) async throws -> BlobPlacement {
        let folder = try OpenFolder(path, followsLink: true)
        while true {
            // Refresh existing blobs, so that garbage collection keeps them until they are referred to.
            if try isThere(), try File.refresh(blobPath(descriptor.digest)) != nil { return .existed }
            let blobs = try blobs(of: descriptor.digest.algorithm, in: folder, creating: true)
            guard let partial = try await PartialBlob(of: descriptor, in: folder, of: self) else { continue }
            defer { partial.release() }
            do {
                // Another process may have finished it between the first look and the lock.
                if try isThere() {
                    try partial.discard()
                    return .existed
                }
                try await write(partial)
                try partial.commit(to: blobs)
            } catch {
                partial.abandon(after: error)
                throw error
            }
            return .written
        }
    }

    /// Returns true if the manifest exists byte for byte. Manifests are small enough to compare.
    private func holds(_ manifest: ManifestContent) throws(FileError) -> Bool {
        guard try holds(manifest.descriptor) else { return false }
        return try File.read(blobPath(manifest.digest), limit: manifest.bytes.count, for: .content) == manifest.bytes
    }
}
