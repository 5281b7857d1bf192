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
                    "the folder is no OCI image layout, the file oci-layout is missing"
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
        try await withFolderLock(attempt) { () throws(ImageError) in
            if try attempting(attempt, { () throws(FileError) in try FileStatus(of: markerPath) }) == nil {
                try claim(attempt)
            }
            try checkVersion(attempt)
            try attempting(attempt) { () throws(FileError) in
                try Folder.create(folder(of: .sha256))
                if try FileStatus(of: indexPath) == nil { try replace(indexPath, with: LayoutIndex().bytes) }
            }
        }
    }

    /// Runs `body` while no other process changes `index.json`.
    func withFolderLock<Result>(
        _ attempt: String, _ body: () throws(ImageError) -> Result
    ) async throws -> Result {
        let folder = try attempting(attempt) { () throws(FileError) in try OpenFile(path, for: .folder) }
        let lock = try await attempting(attempt) {
            try await FileLock(
                .exclusive, waitingFor: folder, patience: patience,
                notice: { notice("waiting for another process that is writing \(path)") })
        }
        defer { lock.release() }
        return try body()
    }

    /// Gives a file of the layout new content. Only for the holder of the folder's lock.
    func replace(_ file: String, with bytes: [UInt8]) throws(FileError) {
        try File.replace(file, with: bytes, through: "\(Self.privatePrefix)new")
    }

    private func isComplete() throws(FileError) -> Bool {
        for file in [markerPath, indexPath, folder(of: .sha256)] where try FileStatus(of: file) == nil { return false }
        return true
    }

    /// Writes the marker, before anything else: then whoever continues after a crash knows whose folder it is.
    private func claim(_ attempt: String) throws(ImageError) {
        let strangers = try attempting(attempt) { () throws(FileError) in try Folder.list(path) }
            .filter { !$0.hasPrefix(Self.privatePrefix) }
        if let stranger = strangers.first {
            throw ImageError(
                .failed, attempt, "the folder is no OCI image layout, but it is not empty: it has \(stranger)",
                advice: "name a new folder or an empty one")
        }
        try attempting(attempt) { () throws(FileError) in try replace(markerPath, with: Self.marker) }
    }

    private func checkVersion(_ attempt: String) throws(ImageError) {
        let bytes = try attempting(attempt) { () throws(FileError) in try File.read(markerPath, limit: 64 << 10) }
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
