internal import Archive
internal import FileSystem
internal import Glibc
package import OCI

extension LayerContent {
    /// Determines which times in the output of a program count as content.
    ///
    /// - A time outside of the program's run was set on purpose and counts. If the program left it as it was below, it
    ///   counts if it does there; files made by an earlier program and moved by this one have a time in that program's
    ///   run.
    /// - A time within the run counts if the entry differs in nothing else from the one below: then it is the change. A
    ///   folder's time also changes when names in it come and go; it counts if the access time was set together with
    ///   it, as `touch` does.
    /// - Any other time within the run is the time of creation and does not count.
    ///
    /// - Parameters:
    ///   - folder: The folder of the content.
    ///   - lower: The layers below.
    ///   - times: For each of these, the times that count as content, the lowest first.
    /// - Throws: ``ImageError``.
    package mutating func judgeTimes(
        in folder: String, of run: RunPeriod, over lower: [String], _ times: [LayerTimes], with digests: FileDigests
    ) throws(ImageError) {
        try LayerFailure.explaining("cannot look at what a step has changed") {
            let judge = TimeJudge(
                run: run, upper: try OpenFolder(folder), lower: LowerLayers(folders: lower), lowerTimes: times,
                earlierRuns: RunPeriod.joined(times.flatMap(\.runs)), digests: digests)
            for index in entries.indices where entries[index].kind.hasTime {
                entries[index].isTimeContent = try judge.isContent(entries[index])
            }
        }
    }
}

private struct TimeJudge {
    let run: RunPeriod
    let upper: OpenFolder
    let lower: LowerLayers
    let lowerTimes: [LayerTimes]
    let earlierRuns: [RunPeriod]
    let digests: FileDigests

    func isContent(_ entry: LayerContent.Entry) throws -> Bool {
        let below = try lower.find(entry.path)
        guard run.contains(entry.modified, entry.nanoseconds) else {
            if let below, entry.kind.isSameType(as: below.status.kind), below.status.isModified(at: entry) {
                return lowerTimes[below.top.layer].isContent(at: entry.path)
            }
            return !earlierRuns.contains { $0.contains(entry.modified, entry.nanoseconds) }
        }
        guard let below, entry.kind.isSameType(as: below.status.kind), !below.status.isModified(at: entry),
            try hasSameAttributes(entry, below)
        else { return false }
        switch entry.kind {
        case .folder(let isOpaque): return try !isOpaque && isTouched(entry)
        case .file(let data): return try isSame(data, below)
        case .symbolicLink(let target): return try target == below.path.linkTarget()
        case .characterDevice, .blockDevice, .fifo: return true
        case .hardLink, .whiteout: return false
        }
    }

    private func hasSameAttributes(_ entry: LayerContent.Entry, _ below: StackView.Found) throws -> Bool {
        let status = below.status
        guard status.uid == entry.uid, status.gid == entry.gid else { return false }
        if case .symbolicLink = entry.kind { return true }
        return try status.mode == entry.mode && ExtendedAttributes.counting(below.path.name) == entry.attributes
    }

    private func isSame(_ data: LayerContent.FileData, _ below: StackView.Found) throws -> Bool {
        guard data.size == below.status.size, let path = below.path.string else { return false }
        let hash = try digests.digest(of: path, stamp: FileStamp(below.status))
        switch data {
        case .bytes(let bytes): return ContentHash(of: bytes) == hash
        case .file(let path, _, let stamp): return try digests.digest(of: path, stamp: stamp) == hash
        }
    }

    /// Returns true if modification and access time were set together.
    private func isTouched(_ entry: LayerContent.Entry) throws(FileError) -> Bool {
        guard let parent = entry.path.folder,
            let status = try upper.open(parent).status(Array(entry.path.name) + [0])
        else { return false }
        return status.st_atim.tv_sec == status.st_mtim.tv_sec && status.st_atim.tv_nsec == status.st_mtim.tv_nsec
    }
}

extension FileStatus {
    fileprivate func isModified(at entry: LayerContent.Entry) -> Bool {
        modified.seconds == entry.modified && modified.nanoseconds == entry.nanoseconds
    }
}

extension LayerContent.Entry.Kind {
    /// Returns true if an entry of this kind is a file of the same type.
    fileprivate func isSameType(as other: FileStatus.Kind) -> Bool {
        switch (self, other) {
        case (.file, .file), (.folder, .folder), (.symbolicLink, .symbolicLink), (.fifo, .fifo),
            (.characterDevice, .characterDevice), (.blockDevice, .blockDevice):
            true
        default: false
        }
    }
}
