internal import JSON
package import OCI

/// An OCI image layout (image-spec, image-layout.md) written file by file, and looked into the same way.
package struct TestLayout: Sendable {
    private let folder: TemporaryFolder
    private let name: String

    /// The absolute path of the layout.
    package var path: String { folder.file(name) }

    /// Writes a layout into a folder of a temporary folder, with content by tag in the order given.
    package init(
        in folder: TemporaryFolder, named name: String = "layout", _ content: KeyValuePairs<String, any TestContent>
    ) throws {
        self.init(reading: name, in: folder)
        for bytes in content.flatMap({ $0.value.everything }) {
            try folder.write("\(name)/blobs/sha256/\(Digest(of: bytes).hex)", bytes)
        }
        let entries = content.map { tag, content in
            var entry = content.descriptor
            entry.annotations[AnnotationKey.refName] = tag
            return entry
        }
        try folder.write("\(name)/oci-layout", text: #"{"imageLayoutVersion":"1.0.0"}"#)
        try folder.write("\(name)/index.json", Index(mediaType: MediaType.ociIndex, manifests: entries).json.bytes())
    }

    /// Looks at a layout that somebody else has written, or will write.
    package init(reading name: String, in folder: TemporaryFolder) {
        self.folder = folder
        self.name = name
    }

    /// The content of a blob; `nil` when it is not there.
    package func blob(_ digest: Digest) -> [UInt8]? {
        try? folder.bytes("\(name)/blobs/\(digest.algorithm.rawValue)/\(digest.hex)")
    }

    /// The entries of `index.json`.
    package func entries() throws -> [Descriptor] {
        try Index(json: JSONValue(parsing: folder.bytes("\(name)/index.json"))).manifests
    }

    /// What a tag stands for.
    package func digest(of tag: String) throws -> Digest? {
        try entries().last { $0.annotations[AnnotationKey.refName] == tag }?.digest
    }
}
