internal import Concurrency
internal import FileSystem
internal import OCI

extension LocalStore {
    /// Finds all problems in the store.
    ///
    /// - Parameter readsContent: True to read and hash all blobs; false to check only their sizes.
    /// - Throws: ``ImageError`` if the folder cannot be read at all, `CancellationError`.
    package func check(readsContent: Bool = true) async throws -> StoreReport {
        let blobs = try layout.blobFiles()
        var check = StoreCheck(layout, damaged: readsContent ? try await damaged(blobs.map(\.digest)) : [:])
        try check.lookAtFolder(holdsBlobs: !blobs.isEmpty)
        // Under the lock, so that the blobs of the index cannot be removed before they are checked.
        let images =
            check.hasIndex
            ? try await layout.withFolderLock("cannot check \(path)") { _ throws(ImageError) in check.lookAtIndex() }
            : 0
        check.nameRest()
        return StoreReport(
            findings: check.findings, images: images, blobs: blobs.count,
            bytes: blobs.map(\.status.size).cappedSum)
    }

    /// The blobs with the wrong content, and the reasons.
    private func damaged(_ digests: [Digest]) async throws -> [Digest: String] {
        let problems = try await digests.concurrentMap(limit: 4) { digest in (digest, try await problem(with: digest)) }
        return Dictionary(uniqueKeysWithValues: problems.compactMap { digest, text in text.map { (digest, $0) } })
    }

    @concurrent
    private func problem(with digest: Digest) async throws -> String? {
        do {
            var hasher = DigestHasher(digest.algorithm)
            let stream = FileStream(try OpenFile(layout.blobPath(digest), for: .content))
            while let piece = try await stream.next() { hasher.update(piece) }
            let actual = hasher.finalize()
            return actual == digest ? nil : "the content of \(digest) has the digest \(actual)"
        } catch let error as FileError {
            // Garbage collection may have removed it in the meantime.
            return error.isMissing ? nil : "\(error)"
        }
    }
}

/// The state of a check.
private struct StoreCheck {
    private let layout: LayoutStore
    private(set) var findings: [StoreFinding] = []
    /// Damaged blobs that have not been reported yet.
    private var damaged: [Digest: String]
    private var seen: Set<Descriptor> = []
    private(set) var hasIndex = false

    init(_ layout: LayoutStore, damaged: [Digest: String]) {
        self.layout = layout
        self.damaged = damaged
    }

    private mutating func add(_ severity: StoreFinding.Severity, _ location: String, _ problem: String) {
        findings.append(StoreFinding(severity: severity, location: location, problem: problem))
    }

    // MARK: Files

    /// Checks for unexpected and missing files.
    mutating func lookAtFolder(holdsBlobs: Bool) throws(ImageError) {
        let names = try list("")
        for name in names where !["oci-layout", "index.json", "blobs"].contains(name) {
            let isLeftover = name.hasPrefix(LayoutStore.privatePrefix)
            add(
                .notice, name,
                isLeftover ? "a process that is running or was killed left it" : "it does not belong in a layout")
        }
        // A process killed before it wrote the index leaves an empty store, which is not one yet.
        hasIndex = names.contains("index.json")
        if !hasIndex, holdsBlobs { add(.error, "index.json", "it is missing") }
        for folder in try list("blobs") {
            guard let algorithm = Digest.Algorithm(rawValue: folder) else {
                add(.error, "blobs/\(folder)", "no digest begins like that")
                continue
            }
            for name in try list("blobs/\(folder)") where (try? Digest("\(algorithm.rawValue):\(name)")) == nil {
                add(.error, "blobs/\(folder)/\(name)", "its name is not a digest")
            }
        }
    }

    private func list(_ folder: String) throws(ImageError) -> [String] {
        let path = folder.isEmpty ? layout.path : "\(layout.path)/\(folder)"
        return try attempting("cannot check \(layout.path)") { () throws(FileError) in
            try FileStatus(of: path) == nil ? [] : try Folder.list(path)
        }
    }

    // MARK: Images

    /// - Returns: The number of entries.
    mutating func lookAtIndex() -> Int {
        do throws(ImageError) {
            let index = try layout.readIndex()
            for (_, problem) in index.damaged { add(.error, "index.json", problem) }
            let entries = index.entries
            var names: [StoredName: Digest] = [:]
            for (position, entry) in entries.enumerated() {
                let location = entry.givenName ?? "manifests[\(position)]"
                if let name = entry.storedName {
                    let other = names.updateValue(entry.descriptor.digest, forKey: name)
                    if let other, other != entry.descriptor.digest {
                        add(.error, location, "two images have that name")
                    }
                } else if entry.givenName != nil {
                    add(.notice, location, "it cannot be referred to, because it is not the name of an image")
                }
                look(at: entry.descriptor, entry.listName.map { "the list \($0)" } ?? location, entry.listName != nil)
            }
            return entries.count { $0.listName == nil }
        } catch {
            add(.error, "index.json", error.description)
            return 0
        }
    }

    /// Checks a blob and, if it is a manifest, everything below it.
    ///
    /// - Parameter isListed: True if the content may be elsewhere.
    private mutating func look(at descriptor: Descriptor, _ location: String, _ isListed: Bool = false) {
        guard seen.insert(Self.key(of: descriptor)).inserted else { return }
        let path = layout.blobPath(descriptor.digest)
        do {
            guard let status = try FileStatus(of: path) else {
                if isListed { return _ = seen.remove(Self.key(of: descriptor)) }
                return add(.error, location, "\(descriptor.digest) is missing")
            }
            guard status.size == descriptor.size else {
                damaged[descriptor.digest] = nil
                return add(
                    .error, location, "\(descriptor.digest) has \(status.size) bytes instead of \(descriptor.size)")
            }
        } catch {
            return add(.error, location, error.description)
        }
        if let problem = damaged.removeValue(forKey: descriptor.digest) { return add(.error, location, problem) }
        guard MediaType.isManifest(descriptor.mediaType) || descriptor.mediaType.isEmpty else { return }
        do {
            let view = try layout.view(of: descriptor)
            for (position, blob) in view.blobs.enumerated() {
                look(at: blob, "\(location) > \(position == 0 ? "config" : "layers[\(position - 1)]")", isListed)
            }
            for (position, child) in view.children.enumerated() {
                let name = child.platform.map { " \($0.fullDescription)" } ?? ""
                look(at: child, "\(location) > manifests[\(position)]\(name)", isListed)
            }
        } catch {
            add(.error, location, error.description)
        }
    }

    private static func key(of descriptor: Descriptor) -> Descriptor {
        Descriptor(mediaType: "", digest: descriptor.digest, size: descriptor.size)
    }

    /// Reports damaged blobs that no image refers to.
    mutating func nameRest() {
        for (digest, problem) in damaged.sorted(by: { $0.key.description < $1.key.description }) {
            add(.error, "blobs/\(digest.algorithm.rawValue)/\(digest.hex)", problem)
        }
    }
}
