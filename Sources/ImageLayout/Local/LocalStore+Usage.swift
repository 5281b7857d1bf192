internal import FileSystem
package import OCI

/// The disk usage of a local store. All sizes are in bytes.
package struct StoreUsage: Sendable {
    package struct Image: Sendable {
        /// The same as ``StoredImage/name``.
        package let name: String?
        package let digest: Digest
        /// The size of everything that the image needs.
        package let size: Int64
        /// The size of everything that no other image needs; names of the same image count as one.
        package let own: Int64
        package var shared: Int64 { size - own }
    }

    package let images: [Image]
    /// The size of all blobs.
    package let total: Int64
    /// The size of blobs that no image needs.
    package let unreferenced: Int64
}

extension LocalStore {
    /// Calculates the disk usage of all images.
    ///
    /// - Throws: ``ImageError`` if a manifest is damaged.
    package func usage() throws(ImageError) -> StoreUsage {
        let images = try images()
        var contents: [Digest: [Digest: Int64]] = [:]
        var users: [Digest: Int] = [:]
        for image in images where contents[image.descriptor.digest] == nil {
            var tree = LayoutTree(in: layout)
            try tree.add([image.descriptor])
            contents[image.descriptor.digest] = tree.found
            for digest in tree.found.keys { users[digest, default: 0] += 1 }
        }
        let rows = images.map { image in
            let content = contents[image.descriptor.digest] ?? [:]
            return StoreUsage.Image(
                name: image.name, digest: image.descriptor.digest, size: content.values.cappedSum,
                own: content.filter { users[$0.key] == 1 }.values.cappedSum)
        }
        let blobs = try layout.blobFiles()
        return StoreUsage(
            images: rows, total: blobs.map(\.status.size).cappedSum,
            unreferenced: blobs.filter { users[$0.digest] == nil }.map(\.status.size).cappedSum)
    }
}
