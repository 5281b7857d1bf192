internal import Concurrency
internal import FileSystem
internal import OCI

extension LocalStore {
    /// Finds and names everything that is wrong in the store.
    ///
    /// - Parameter readsContent: Whether all blobs are read and hashed; their sizes are always looked at.
    /// - Throws: ``ImageError`` when the folder cannot be read at all, `CancellationError`.
    package func check(readsContent: Bool = true) async throws -> StoreReport {
        let blobs = try layout.blobFiles()
        var check = StoreCheck(layout, damaged: readsContent ? try await damaged(blobs.map(\.digest)) : [:])
        try check.lookAtFolder(holdsBlobs: !blobs.isEmpty)
        // So that nobody removes what has just been found in the index.
        let images =
            check.hasIndex
            ? try await layout.withFolderLock("cannot check \(path)") { _ throws(ImageError) in check.lookAtIndex() }
            : 0
        check.nameRest()
        return StoreReport(
            findings: check.findings, images: images, blobs: blobs.count,
            bytes: blobs.map(\.status.size).cappedSum)
    }

    /// The blobs whose content is not what their names say, each with what is wrong.
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
            // Whoever collects at the same time may have removed it.
            return error.isMissing ? nil : "\(error)"
        }
    }
}

/// A check of a store in the making.
private struct StoreCheck {
    private let layout: LayoutStore
    private(set) var findings: [StoreFinding] = []
    /// Blobs of wrong content that have not been named yet.
    private var damaged: [Digest: String]
    private var seen: Set<Descriptor> = []
    private(set) var hasIndex = false

    init(_ layout: LayoutStore, damaged: [Digest: String]) {
        self.layout = layout
        self.damaged = damaged
    }

    private mutating func add(_ severity: StoreFinding.Severity, _ place: String, _ problem: String) {
        findings.append(StoreFinding(severity: severity, place: place, problem: problem))
    }

    // MARK: Files

    /// Looks for what does not belong there, and for what is missing.
    mutating func lookAtFolder(holdsBlobs: Bool) throws(ImageError) {
        let names = try list("")
        for name in names where !["oci-layout", "index.json", "blobs"].contains(name) {
            let isLeftover = name.hasPrefix(LayoutStore.privatePrefix)
            add(
                .notice, name,
                isLeftover ? "a process that is running or was killed left it" : "it is no part of a layout")
        }
        // Whoever makes a store and is killed before there is an index leaves an empty store, which is none yet.
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

    /// - Returns: How many entries there are.
    mutating func lookAtIndex() -> Int {
        do throws(ImageError) {
            let index = try layout.readIndex()
            for (_, problem) in index.damaged { add(.error, "index.json", problem) }
            let entries = index.entries
            var names: [StoredName: Digest] = [:]
            for (position, entry) in entries.enumerated() {
                let place = entry.givenName ?? "manifests[\(position)]"
                if let name = entry.storedName {
                    let other = names.updateValue(entry.descriptor.digest, forKey: name)
                    if let other, other != entry.descriptor.digest { add(.error, place, "two images have that name") }
                } else if entry.givenName != nil {
                    add(.notice, place, "it cannot be referred to, because it is not the name of an image")
                }
                look(at: entry.descriptor, entry.listName.map { "the list \($0)" } ?? place, entry.listName != nil)
            }
            return entries.count { $0.listName == nil }
        } catch {
            add(.error, "index.json", error.description)
            return 0
        }
    }

    /// Looks at a blob, and if it is a manifest at everything below it.
    ///
    /// - Parameter isListed: Whether it may as well be elsewhere.
    private mutating func look(at descriptor: Descriptor, _ place: String, _ isListed: Bool = false) {
        guard seen.insert(Self.key(of: descriptor)).inserted else { return }
        let path = layout.blobPath(descriptor.digest)
        do {
            guard let status = try FileStatus(of: path) else {
                if isListed { return _ = seen.remove(Self.key(of: descriptor)) }
                return add(.error, place, "\(descriptor.digest) is missing")
            }
            guard status.size == descriptor.size else {
                damaged[descriptor.digest] = nil
                return add(
                    .error, place, "\(descriptor.digest) has \(status.size) bytes instead of \(descriptor.size)")
            }
        } catch {
            return add(.error, place, error.description)
        }
        if let problem = damaged.removeValue(forKey: descriptor.digest) { return add(.error, place, problem) }
        guard MediaType.isManifest(descriptor.mediaType) || descriptor.mediaType.isEmpty else { return }
        do {
            let view = try layout.view(of: descriptor)
            for (position, blob) in view.blobs.enumerated() {
                look(at: blob, "\(place) > \(position == 0 ? "config" : "layers[\(position - 1)]")", isListed)
            }
            for (position, child) in view.children.enumerated() {
                let name = child.platform.map { " \($0.fullDescription)" } ?? ""
                look(at: child, "\(place) > manifests[\(position)]\(name)", isListed)
            }
        } catch {
            add(.error, place, error.description)
        }
    }

    private static func key(of descriptor: Descriptor) -> Descriptor {
        Descriptor(mediaType: "", digest: descriptor.digest, size: descriptor.size)
    }

    /// Names damaged blobs that no image refers to.
    mutating func nameRest() {
        for (digest, problem) in damaged.sorted(by: { $0.key.description < $1.key.description }) {
            add(.error, "blobs/\(digest.algorithm.rawValue)/\(digest.hex)", problem)
        }
    }
}
