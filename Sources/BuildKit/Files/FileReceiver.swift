internal import FileSystem
internal import GRPC

/// The side of the protocol of files that writes them into a folder.
struct FileReceiver {
    private let request: GRPCRequest
    private var folder: ReceivedFolder
    /// The number of entries so far.
    private var count = 0
    private var last: FilePath?
    private var isListComplete = false
    /// Folders and files that have been announced, by their paths.
    private var folders: Set<[UInt8]> = [[]]
    private var files: Set<[UInt8]> = []
    private var awaited: [UInt32: (path: FilePath, entry: FileEntry)] = [:]
    private var open: [UInt32: ReceivedFile] = [:]
    /// Made at the end, when the files they are names of exist.
    private var hardLinks: [(path: FilePath, target: FilePath)] = []

    /// Answers a call by which a daemon sends files.
    ///
    /// - Returns: The number of devices, FIFOs and the like, which have not been made.
    /// - Throws: ``FileError``; ``GRPCStatus``; ``HTTP2Error``; `CancellationError`.
    static func answer(_ request: GRPCRequest, into folder: OpenFolder) async throws -> Int {
        try request.begin()
        var receiver = FileReceiver(request: request, folder: ReceivedFolder(folder))
        do {
            try await receiver.run()
        } catch {
            for file in receiver.open.values { file.discard() }
            throw error
        }
        return receiver.folder.specialFiles
    }

    private init(request: GRPCRequest, folder: ReceivedFolder) {
        self.request = request
        self.folder = folder
    }

    private mutating func run() async throws {
        while !(isListComplete && awaited.isEmpty && open.isEmpty) {
            guard let packet = try await request.next(FilePacket.self) else {
                throw GRPCStatus(.cancelled, "the daemon sends no more files")
            }
            switch packet.kind {
            case .entry:
                if let entry = packet.entry { try await add(entry) } else { isListComplete = true }
            case .data: try take(packet)
            case .error: throw GRPCStatus(.unknown, String(decoding: packet.data, as: UTF8.self))
            case .request, .end, nil: throw Self.refusal("a message of the other side")
            }
        }
        for (path, target) in hardLinks { try folder.addHardLink(path, to: target) }
        try folder.finish()
        try await request.send(FilePacket(.end))
        while let packet = try await request.next(FilePacket.self), packet.kind != .end {}
    }

    private mutating func add(_ entry: FileEntry) async throws {
        guard !isListComplete, let id = UInt32(exactly: count) else {
            throw Self.refusal("an entry after the last one")
        }
        count += 1
        guard let path = FilePath(entry.path) else { throw Self.refusal("an entry outside of its folder") }
        if let last { guard last < path else { throw Self.refusal("an entry out of order") } }
        guard folders.contains(path.folder) else { throw Self.refusal("an entry without its folder") }
        last = path
        switch entry.kind {
        case .folder:
            try folder.addFolder(path, entry)
            folders.insert(entry.path)
        case .symbolicLink: try folder.addLink(path, entry)
        case .hardLink:
            guard files.contains(entry.link), let target = FilePath(entry.link) else {
                throw Self.refusal("a link to a file that is not there")
            }
            hardLinks.append((path, target))
        case .file:
            files.insert(entry.path)
            awaited[id] = (path, entry)
            try await request.send(FilePacket(.request, id: id))
        case .other: folder.skipSpecialFile()
        }
    }

    private mutating func take(_ packet: FilePacket) throws {
        if open[packet.id] == nil {
            guard let (path, entry) = awaited.removeValue(forKey: packet.id) else {
                throw Self.refusal("content that was not asked for")
            }
            open[packet.id] = try folder.beginFile(path, entry)
        }
        if packet.data.isEmpty {
            try open[packet.id]?.commit()
            open[packet.id] = nil
        } else {
            try open[packet.id]?.append(packet.data)
        }
    }

    private static func refusal(_ what: String) -> GRPCStatus {
        GRPCStatus(.invalidArgument, "the daemon sent \(what)")
    }
}
