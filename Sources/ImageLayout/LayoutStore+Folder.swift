internal import FileSystem
internal import JSON
internal import OCI

extension LayoutStore {
    /// The content of `oci-layout`.
    static let marker = JSONDocument(["imageLayoutVersion": "1.0.0"], layout: .compact).bytes

    /// Insists that the folder is a layout that can be read.
    ///
    /// - Throws: ``ImageError`` of code `notFound` when it is none.
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
    /// - Throws: ``ImageError`` when it is full of something else.
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

    /// Runs `body` with the folder while no other process changes `index.json`.
    func withFolderLock<Result>(
        _ attempt: String, _ body: (AnchoredFolder) throws(ImageError) -> Result
    ) async throws -> Result {
        let folder = try attempting(attempt) { () throws(FileError) in try AnchoredFolder(path) }
        let lock = try await attempting(attempt) {
            try await FileLock(
                .exclusive, waitingFor: folder.file, timeout: timeout,
                notice: { notice("waiting for another process that is writing \(path)") })
        }
        defer { lock.release() }
        return try body(folder)
    }

    /// Gives a file of the layout new content. Only for the holder of the folder's lock.
    func replace(_ name: String, in folder: AnchoredFolder, with bytes: [UInt8]) throws(FileError) {
        // Nobody else replaces a file now, so what begins like this is left over from a process that was killed.
        for leftover in try Folder.list(path) where leftover.hasPrefix(Self.newPrefix) {
            _ = try? folder.remove(leftover)
        }
        try folder.replace(name, with: bytes, prefix: Self.newPrefix)
    }

    /// The folder of the blobs of one algorithm, which nobody can put another one in the place of.
    func blobs(
        of algorithm: Digest.Algorithm, in folder: AnchoredFolder, creating isCreated: Bool = false
    ) throws(FileError) -> AnchoredFolder {
        try folder.folder("blobs", creating: isCreated).folder(algorithm.rawValue, creating: isCreated)
    }

    private func isComplete() throws(FileError) -> Bool {
        for file in [markerPath, indexPath, folder(of: .sha256)] where try FileStatus(of: file) == nil { return false }
        return true
    }

    /// Writes the marker, before anything else: then whoever continues after a crash knows whose folder it is.
    private func claim(_ folder: AnchoredFolder, _ attempt: String) throws(ImageError) {
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
