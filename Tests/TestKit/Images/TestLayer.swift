package import OCI

/// A layer of a ``TestImage``.
package struct TestLayer: Sendable {
    /// The content of the layer's blob.
    package let blob: [UInt8]
    /// The digest of the tar archive in it.
    package let diffID: Digest
    /// `nil` is the gzip type of the image's format.
    package let mediaType: String?
    /// Of its descriptor.
    package var annotations: [String: String] = [:]

    /// A gzip layer of files, given by path and content; everything is owned by root and as old as can be.
    ///
    /// The bytes depend on nothing but the files: nothing in it is compressed in truth.
    package init(files: KeyValuePairs<String, [UInt8]>) {
        let tar = TestArchive.tar(files.map { ($0.key, $0.value) })
        blob = TestArchive.gzip(tar)
        diffID = Digest(of: tar)
        mediaType = nil
    }

    /// A gzip layer of one text file.
    package init(_ path: String, _ text: String) {
        self.init(files: [path: Array(text.utf8)])
    }

    /// A layer that a test has compressed itself.
    package init(blob: [UInt8], tar: [UInt8], mediaType: String) {
        self.blob = blob
        diffID = Digest(of: tar)
        self.mediaType = mediaType
    }

    /// A layer of any bytes and type, which no program could unpack.
    package init(opaque bytes: [UInt8], mediaType: String? = nil) {
        blob = bytes
        diffID = Digest(of: bytes)
        self.mediaType = mediaType
    }
}
