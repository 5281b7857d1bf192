internal import FileSystem

/// A walk through a tree of files in the order in which it is sent: the content of a folder right after it, and names in
/// the order of their bytes.
struct FileWalk {
    typealias Found = (_ entry: FileEntry, _ file: OpenFolder.Name?) async throws -> Void

    private let filter: FileFilter
    private let found: Found
    /// Folders on the way that have not been sent, as nothing in them has.
    private var pending: [FileEntry] = []
    /// The first path of each file with several names.
    private var linked: [FileStatus.Identity: [UInt8]] = [:]

    /// - Parameter found: Called for each entry, with the path, and a zero at its end, of a file that has content.
    static func run(_ folder: OpenFolder, _ filter: FileFilter, found: @escaping Found) async throws {
        var walk = FileWalk(filter: filter, found: found)
        try await walk.walk(folder, [], filter.root)
    }

    private init(filter: FileFilter, found: @escaping Found) {
        self.filter = filter
        self.found = found
    }

    private mutating func walk(_ folder: OpenFolder, _ path: [UInt8], _ above: FileFilter.Verdict) async throws {
        for (name, status) in try folder.entries() {
            try Task.checkCancellation()
            let path = path.isEmpty ? name : path + [UInt8(ascii: "/")] + name
            let text = String(decoding: path, as: UTF8.self)
            let verdict = filter.verdict(on: text, below: above)
            if status.kind == .folder {
                try await enter(folder, name, path, status, verdict, text)
            } else if verdict.passes {
                try await sendPending()
                let entry = try entry(path, status, name, in: folder)
                try await found(entry, entry.kind == .file && status.kind == .file ? path + [0] : nil)
            }
        }
    }

    private mutating func enter(
        _ folder: OpenFolder, _ name: [UInt8], _ path: [UInt8], _ status: FileStatus, _ verdict: FileFilter.Verdict,
        _ text: String
    ) async throws {
        let isEmpty = filter.rejectsEverything(below: text, verdict)
        guard verdict.passes || !isEmpty else { return }
        let entry = try entry(path, status, name, in: folder)
        let depth = pending.count
        if verdict.passes {
            try await sendPending()
            try await found(entry, nil)
        } else {
            pending.append(entry)
        }
        if !isEmpty {
            let below: OpenFolder
            do throws(FileError) {
                below = try folder.open(below: name)
            } catch {
                // It has been removed meanwhile.
                if error.isMissing { return pending.removeLast(max(0, pending.count - depth)) }
                throw error
            }
            try await walk(below, path, verdict)
        }
        if pending.count > depth { pending.removeLast() }
    }

    private mutating func sendPending() async throws {
        for entry in pending { try await found(entry, nil) }
        pending = []
    }

    private mutating func entry(
        _ path: [UInt8], _ status: FileStatus, _ name: [UInt8], in folder: OpenFolder
    ) throws -> FileEntry {
        var entry = FileEntry()
        entry.path = path
        var special: FileEntry.Special?
        switch status.kind {
        case .file:
            entry.size = status.size
            if status.linkCount > 1 {
                if let first = linked[status.identity] {
                    entry.link = first
                } else {
                    linked[status.identity] = path
                }
            }
        // A socket goes as an empty file.
        case .socket: break
        case .folder: special = .folder
        case .symbolicLink:
            special = .symbolicLink
            entry.link = try folder.linkTarget(name + [0])
            entry.size = Int64(entry.link.count)
        case .fifo: special = .fifo
        case .characterDevice(let major, let minor):
            special = .characterDevice
            (entry.major, entry.minor) = (Int64(major), Int64(minor))
        case .blockDevice(let major, let minor):
            special = .blockDevice
            (entry.major, entry.minor) = (Int64(major), Int64(minor))
        }
        entry.mode = FileEntry.mode(special, permissions: special == .symbolicLink ? 0o777 : status.mode)
        entry.modified = status.modified.sinceEpoch
        let place = folder.procPath(name + [0])
        for attribute in (try? ExtendedAttributes.names(place)) ?? [] {
            entry.attributes[attribute] = (try? ExtendedAttributes.value(attribute, of: place)) ?? nil
        }
        return entry
    }
}

extension FileTime {
    /// In nanoseconds since 1970, for the years from 1678 to 2261.
    fileprivate var sinceEpoch: Int64 {
        let (product, isBeyond) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return isBeyond ? (seconds < 0 ? .min : .max) : product &+ Int64(nanoseconds)
    }
}
