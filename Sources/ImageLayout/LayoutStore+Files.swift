internal import FileSystem
internal import OCI

extension LayoutStore {
    /// All blobs, sorted by digest.
    func blobFiles() throws(ImageError) -> [(digest: Digest, status: FileStatus)] {
        var files: [(Digest, FileStatus)] = []
        for algorithm in Digest.Algorithm.allCases {
            let folder = folder(of: algorithm)
            try attempting("cannot read \(folder)") { () throws(FileError) in
                guard try FileStatus(of: folder) != nil else { return }
                for name in try Folder.list(folder) {
                    guard let digest = try? Digest("\(algorithm.rawValue):\(name)"),
                        let status = try FileStatus(of: "\(folder)/\(name)"), status.kind == .file
                    else { continue }
                    files.append((digest, status))
                }
            }
        }
        return files
    }

    /// The leftovers of killed processes, and the unfinished files of running ones.
    func leftovers() throws(ImageError) -> [(name: String, status: FileStatus)] {
        try attempting("cannot read \(path)") { () throws(FileError) in
            var files: [(String, FileStatus)] = []
            for name in try Folder.list(path) where name.hasPrefix(Self.privatePrefix) {
                if let status = try FileStatus(of: "\(path)/\(name)") { files.append((name, status)) }
            }
            return files
        }
    }

    /// The descriptor of a blob that nothing refers to; `nil` if it is not a manifest.
    func manifest(in digest: Digest, _ status: FileStatus) -> Descriptor? {
        guard status.size <= ManifestContent.maximumSize, isObject(digest) else { return nil }
        let unknown = Descriptor(mediaType: "", digest: digest, size: status.size)
        return (try? view(of: unknown))?.descriptor
    }

    /// Returns true if a blob begins like a JSON object.
    private func isObject(_ digest: Digest) -> Bool {
        let file = try? OpenFile(blobPath(digest), for: .content)
        return (try? file?.read(1, at: 0)) == [UInt8(ascii: "{")]
    }
}
