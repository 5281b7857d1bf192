internal import FileSystem
internal import JSON
internal import OCI

extension LayoutStore {
    /// The content of `oci-layout`.
    static let marker = JSONDocument(["imageLayoutVersion": "1.0.0"], layout: .compact).bytes

    /// Checks that the folder is a readable layout.
    ///
    /// - Throws: ``ImageError`` of code `notFound` if it is not.
    func requireLayout() throws(ImageError) {
        let attempt = "cannot read \(name)"
        let missing: String? = try attempting(attempt) { () throws(FileError) in
            switch try FileStatus(of: path)?.kind {
            case nil: repository == nil ? "there is no such folder" : "there is no local store yet at \(path)"
            case .folder:
                if try FileStatus(of: markerPath) == nil {
                    "the folder is not an OCI image layout, the file oci-layout is missing"
                } else if try FileStatus(of: indexPath) == nil {
                    "the layout is not complete, the file index.json is missing"
                } else {
                    nil
                }
            default: "it is not a folder"
            }
        }
        if let missing { throw ImageError(.notFound, attempt, missing) }
        try checkVersion(attempt)
    }

    /// Makes the folder a layout, unless it is one.
    ///
    /// - Throws: ``ImageError`` if the folder has other content.
    func prepare() async throws {
        let attempt = "cannot write to \(name)"
        if try attempting(attempt, isComplete) { return try checkVersion(attempt) }
        try attempting(attempt) { () throws(FileError) in try Folder.create(path) }
        try await withFolderLock(attempt) { folder throws(ImageError) in
            if try attempting(attempt, { () throws(FileError) in try FileStatus(of: markerPath) }) == nil {
                try claim(folder, attempt)
            }
            try checkVersion(attempt)
            try attempting(attempt) { () throws(FileError) in
                _ = try blobs(of: .sha256, in: folder, creating: true)
                if try FileStatus(of: indexPath) == nil {
                    try replace(Self.indexName, in: folder, with: LayoutIndex().bytes)
                }
            }
        }
    }

    /// Runs `body` while no other process can change `index.json`.
    func withFolderLock<Result>(
        _ attempt: String, _ body: (OpenFolder) throws(ImageError) -> Result
    ) async throws -> Result {
        let folder = try attempting(attempt) { () throws(FileError) in try OpenFolder(path, followsLink: true) }
        let lock = try await attempting(attempt) {
            try await FileLock(
                .exclusive, waitingFor: folder.file, timeout: timeout,
                notice: { notice("waiting for another process that is writing \(path)") })
        }
        defer { lock.release() }
        return try body(folder)
    }

    /// Replaces a file of the layout. The caller has to hold the folder's lock.
    func replace(_ name: String, in folder: OpenFolder, with bytes: [UInt8]) throws(FileError) {
        // Only the holder of the lock replaces files, so these are leftovers of a killed process.
        for leftover in try Folder.list(path) where leftover.hasPrefix(Self.newPrefix) {
            _ = try? folder.remove(leftover)
        }
        try folder.replace(name, with: bytes, prefix: Self.newPrefix)
    }

    /// The folder of the blobs of one algorithm, opened so that no other user can replace it.
    func blobs(
        of algorithm: Digest.Algorithm, in folder: OpenFolder, creating isCreated: Bool = false
    ) throws(FileError) -> OpenFolder {
        try folder.folder("blobs", creating: isCreated).folder(algorithm.rawValue, creating: isCreated)
    }

    private func isComplete() throws(FileError) -> Bool {
        for file in [markerPath, indexPath, folder(of: .sha256)] where try FileStatus(of: file) == nil { return false }
        return true
    }

    /// Writes the marker before anything else, so that after a crash the folder is recognised as a layout.
    private func claim(_ folder: OpenFolder, _ attempt: String) throws(ImageError) {
        let strangers = try attempting(attempt) { () throws(FileError) in try Folder.list(path) }
            .filter { !$0.hasPrefix(Self.privatePrefix) }
        if let stranger = strangers.first {
            throw ImageError(
                .failed, attempt, "the folder is not an OCI image layout, but it is not empty: it has \(stranger)",
                advice: "name a new folder or an empty one")
        }
        try attempting(attempt) { () throws(FileError) in try replace(Self.markerName, in: folder, with: Self.marker) }
    }

    private func checkVersion(_ attempt: String) throws(ImageError) {
        let bytes = try attempting(attempt) { () throws(FileError) in
            try File.read(markerPath, limit: 64 << 10, for: .content)
        }
        let document: JSONDocument
        do {
            document = try JSONDocument(bytes: bytes)
        } catch {
            throw ImageError(.failed, attempt, "\(markerPath) is not JSON: \(error)")
        }
        guard let version = document.value["imageLayoutVersion"]?.string else {
            throw ImageError(.failed, attempt, "\(markerPath) does not say which imageLayoutVersion it has")
        }
        guard version.hasPrefix("1.0.") else {
            throw ImageError(.failed, attempt, "it has the layout version \(version), and imgtool knows 1.0 only")
        }
    }
}
