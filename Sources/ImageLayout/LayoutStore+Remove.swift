internal import FileSystem
package import OCI

extension LayoutStore: ImageRemoval {
    /// Removes the entry of a tag. The manifest and its blobs stay, and so do its other names.
    package func removeTag(_ tag: String) async throws {
        try requireLayout()
        try await changeIndex("cannot remove \(name):\(tag)") { index throws(ImageError) in
            if let repository {
                guard index.remove(tag, of: repository) else {
                    throw index.missing(tag, in: name, of: repository)
                }
                return
            }
            guard let entry = try index.entry(named: tag, in: name) else { throw index.missing(tag, in: name) }
            _ = index.remove { $0.refName == tag || $0 == entry }
        }
    }

    /// Removes all entries of a manifest, and its file. Its blobs and children stay, because other manifests may refer
    /// to them.
    ///
    /// In a local store, other names may share the manifest, so its file stays as well until garbage collection.
    package func removeManifest(_ digest: Digest) async throws {
        let attempt = "cannot remove \(name)@\(digest)"
        if let repository {
            try requireLayout()
            return try await changeIndex(attempt) { index throws(ImageError) in
                guard index.remove(digest, of: repository) else {
                    throw ImageError(.notFound, attempt, "no image of that name has the digest")
                }
            }
        }
        let isNamed = try readIndex().entries.contains { $0.descriptor.digest == digest }
        // Layers have digests, too, but must not be removed in this way.
        if !isNamed { _ = try await manifest(.digest(digest)) }
        try await changeIndex(attempt) { index throws(ImageError) in
            _ = index.remove { $0.descriptor.digest == digest }
        }
        try attempting(attempt) { () throws(FileError) in
            guard try FileStatus(of: blobPath(digest)) != nil else { return }
            try blobs(of: digest.algorithm, in: OpenFolder(path, followsLink: true)).remove(digest.hex)
        }
    }
}
