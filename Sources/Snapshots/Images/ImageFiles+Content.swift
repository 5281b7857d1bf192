package import Archive
internal import Concurrency
internal import FileSystem
internal import OCI

extension ImageFiles {
    /// Writes the content of a file, once all of it is known to be right.
    ///
    /// - Throws: ``ImageError``: of code `notFound` when there is no such file; what `write` throws.
    package func read(_ path: String, to write: @escaping @Sendable ([UInt8]) throws -> Void) async throws {
        let file = try await find(path, keepsContent: true)
        guard case .file = file.entry.kind else {
            let what = file.isFolder ? "it is a folder" : "it is no regular file"
            throw ImageError(.failed, "cannot read \(path) of \(name)", what)
        }
        let pieces = ContentPieces(store, from: try await place(of: file), size: file.size)
        try await OwnThread.runUntilCancelled { check in
            while let piece = try pieces.next() {
                try check()
                try write(piece)
            }
        }
    }

    /// All that is in a folder and in the folders in it, each folder before what is in it.
    ///
    /// - Parameter folder: A path of the image without links.
    package func everything(in folder: TarPath) async throws -> [File] {
        var found: [File] = []
        var pending = Array(try await children(of: folder).reversed())
        while let file = pending.popLast() {
            found.append(file)
            if file.isFolder { pending += try await children(of: file.entry.path).reversed() }
        }
        return found
    }

    /// Writes all files as a tar archive without layers: sorted by name in each folder, files with several names once.
    ///
    /// The same image gives the same bytes. Of extended attributes, `security.capability` and `user.*` are kept.
    ///
    /// - Throws: ``ImageError``; what `write` throws.
    package func export(to write: @escaping @Sendable ([UInt8]) throws -> Void) async throws {
        try await readAll()
        let (members, attempt) = (try await members(), "cannot export \(name)")
        try await OwnThread.runUntilCancelled { check in
            let archive = LayerArchive(epoch: nil) { piece in
                try check()
                try write(piece)
            }
            do {
                for (entry, content) in members {
                    if let content {
                        try archive.add(entry, size: content.size, content.next)
                    } else {
                        try archive.add(entry)
                    }
                }
                try archive.finish()
            } catch let error where error is ArchiveError || error is FileError {
                try LayerFailure.explaining(attempt) { throw error }
            }
        }
    }

    /// The members of an archive of all files: of the names of one file, the first has the content.
    private func members() async throws -> [(entry: LayerContent.Entry, content: ContentPieces?)] {
        var members: [(entry: LayerContent.Entry, content: ContentPieces?)] = []
        var names: [Key: TarPath] = [:]
        for file in try await everything(in: .root) {
            var entry = file.entry
            var content: ContentPieces?
            if file.isFolder {
                entry.kind = .folder(isOpaque: false)
            } else if let first = names[file.key] {
                entry.kind = .hardLink(first)
            } else {
                names[file.key] = entry.path
                if case .file = entry.kind {
                    content = ContentPieces(store, from: try await place(of: file), size: file.size)
                }
            }
            members.append((entry, content))
        }
        return members
    }
}
