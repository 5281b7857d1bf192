internal import Archive
internal import Concurrency
internal import FileSystem
package import OCI

extension LayerContent {
    /// The identity of the content, independent of when and where it was made: the SHA-256 of a text with all entries,
    /// including those of their times that count as content.
    ///
    /// The text, version 2: the line `imgtool layer content 2`, the instruction, then the entries in the order of their
    /// paths. Numbers are little-endian, and a field of bytes is preceded by its length in 4 bytes. An entry is its
    /// path, a byte for its kind, and then
    /// - `f`, a file: attributes; the size in 8 bytes; the SHA-256 of the content, 32 bytes;
    /// - `d`, a folder: attributes; 1 if it is opaque, else 0;
    /// - `l`, a symbolic link: attributes, with a mode of 0, since it has none; the target;
    /// - `h`, a hard link: the path of the file;
    /// - `c` and `b`, a device: attributes; its numbers, 4 bytes each;
    /// - `p`, a pipe: attributes;
    /// - `w`, a whiteout: nothing.
    ///
    /// Attributes are the mode in 2 bytes, user and group in 4 each; 1, the seconds in 8 and nanoseconds in 4 bytes if
    /// the time counts as content, else 0; the number of extended attributes in 4 bytes, and the name and value of
    /// each. Extended attributes count if they are `security.capability` or outside of the name spaces `security`,
    /// `trusted` and `system`, which belong to one machine; internal ones of overlayfs and of this program do not.
    ///
    /// Files without a known hash are read on several threads.
    ///
    /// - Parameter instruction: The instruction that made the content. A layer may stand for another with the same
    ///   digest, including times that do not count as content, so layers of different instructions must differ.
    /// - Throws: ``ImageError`` if a file cannot be read or has changed.
    package func digest(
        with digests: FileDigests, madeBy instruction: Digest? = nil
    ) throws(ImageError) -> Digest {
        let sorted = isSorted ? entries : entries.sorted { $0.path < $1.path }
        let hashes = try Self.hashes(of: sorted, with: digests)
        var text = LayerText(instruction)
        for (entry, hash) in zip(sorted, hashes) { text.append(entry, hash) }
        return text.digest
    }

    /// The digest of content that only has folders.
    var digestOfFolders: Digest {
        var text = LayerText(nil)
        for entry in entries { text.append(entry, nil) }
        return text.digest
    }

    /// The folders without entries that the content leads through, sorted.
    var impliedFolders: [TarPath] {
        let said = Set(entries.lazy.filter { if case .folder = $0.kind { true } else { false } }.map(\.path))
        var implied: Set<TarPath> = []
        for entry in entries {
            var folder = entry.path.folder
            while let path = folder, !path.isRoot, !said.contains(path), implied.insert(path).inserted {
                folder = path.folder
            }
        }
        return implied.sorted()
    }

    private var isSorted: Bool {
        zip(entries, entries.dropFirst()).allSatisfy { $0.path < $1.path }
    }

    /// Returns true if an extended attribute counts as content.
    static func counts(attribute name: String) -> Bool {
        if name == "security.capability" { return true }
        return !["security.", "trusted.", "system."].contains { name.hasPrefix($0) }
            && !ExtendedAttributes.isInternal(name)
    }

    private static func hashes(of entries: [Entry], with digests: FileDigests) throws(ImageError) -> [ContentHash?] {
        let hashes = Guarded([ContentHash?](repeating: nil, count: entries.count))
        do {
            try ParallelLoop.run(count: entries.count) { range in
                var some: [ContentHash?] = []
                for entry in entries[range] { some.append(try hash(of: entry, with: digests)) }
                hashes.withLock { $0.replaceSubrange(range, with: some) }
            }
        } catch let error as ImageError {
            throw error
        } catch {
            throw ImageError(.failed, "cannot read the files of a layer", "\(error)")
        }
        return hashes.withLock { $0 }
    }

    private static func hash(of entry: Entry, with digests: FileDigests) throws(ImageError) -> ContentHash? {
        guard case .file(let data) = entry.kind else { return nil }
        switch data {
        case .bytes(let bytes): return ContentHash(of: bytes)
        case .file(let path, let size, let known):
            let stamp = known ?? FileStamp(of: path)
            guard stamp == nil || stamp?.size == size else { throw LayerFailure.changed(path) }
            return try digests.digest(of: path, stamp: stamp)
        }
    }
}

/// The text whose digest identifies a layer's content.
private struct LayerText {
    private var hasher = DigestHasher(.sha256)
    private var bytes = Array("imgtool layer content 2\n".utf8)

    init(_ instruction: Digest?) {
        append(Array((instruction?.description ?? "").utf8))
    }

    var digest: Digest {
        var hasher = hasher
        hasher.update(bytes)
        return hasher.finalize()
    }

    mutating func append(_ entry: LayerContent.Entry, _ hash: ContentHash?) {
        append(entry.path.bytes)
        switch entry.kind {
        case .file(let data):
            append(entry, as: "f")
            append(UInt64(data.size))
            bytes += hash?.bytes ?? []
        case .folder(let isOpaque):
            append(entry, as: "d")
            append(isOpaque ? 1 : 0 as UInt8)
        case .symbolicLink(let target):
            append(entry, as: "l", mode: 0)
            append(target)
        case .hardLink(let target):
            append(UInt8(ascii: "h"))
            append(target.bytes)
        case .characterDevice(let major, let minor):
            append(entry, as: "c")
            append(major)
            append(minor)
        case .blockDevice(let major, let minor):
            append(entry, as: "b")
            append(major)
            append(minor)
        case .fifo: append(entry, as: "p")
        case .whiteout: append(UInt8(ascii: "w"))
        }
        if bytes.count > 64 << 10 {
            hasher.update(bytes)
            bytes.removeAll(keepingCapacity: true)
        }
    }

    private mutating func append(_ entry: LayerContent.Entry, as kind: Unicode.Scalar, mode: UInt16? = nil) {
        append(UInt8(ascii: kind))
        append(mode ?? entry.mode)
        append(entry.uid)
        append(entry.gid)
        append(entry.isTimeContent ? 1 : 0 as UInt8)
        if entry.isTimeContent {
            append(entry.modified)
            append(entry.nanoseconds)
        }
        let attributes = entry.attributes.filter { LayerContent.counts(attribute: $0.name) }
        append(UInt32(attributes.count))
        for attribute in attributes.sorted(by: { $0.name < $1.name }) {
            append(Array(attribute.name.utf8))
            append(attribute.value)
        }
    }

    private mutating func append(_ field: [UInt8]) {
        append(UInt32(field.count))
        bytes += field
    }

    private mutating func append(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.littleEndian) { bytes += $0 }
    }
}
