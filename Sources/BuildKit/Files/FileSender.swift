internal import Concurrency
internal import DockerfileLanguage
internal import FileSystem
internal import GRPC

/// The side of the protocol of files that has them.
struct FileSender: Sendable {
    private static let pieceSize = 128 << 10

    private let files: SentFiles
    private let request: GRPCRequest
    /// The paths of the files among the entries that have been sent; `nil` for what has no content.
    private let names = Guarded<[OpenFolder.Name?]>([])

    /// Answers a call by which a daemon asks for files.
    ///
    /// - Throws: ``GRPCStatus``; ``HTTP2Error``; `CancellationError`.
    static func answer(_ request: GRPCRequest, with files: SentFiles) async throws {
        try request.begin()
        do {
            try await FileSender(files: files, request: request).run(FileRequest(request.metadata))
        } catch let error where error is FileError || error is PathPatterns.Malformed {
            try await request.send(FilePacket(.error, data: Array("\(error)".utf8)))
            throw GRPCStatus(.unknown, "\(error)")
        }
    }

    private init(files: SentFiles, request: GRPCRequest) {
        self.files = files
        self.request = request
    }

    private func run(_ asked: FileRequest) async throws {
        let (wanted, want) = AsyncStream.makeStream(of: UInt32.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await sendEntries(asked) }
            group.addTask {
                for await id in wanted { try await sendContent(id) }
            }
            group.addTask {
                try await receive { want.yield($0) }
                want.finish()
            }
            while try await group.next() != nil {}
        }
        try await request.send(FilePacket(.end))
    }

    /// Receives what the daemon wants, until it has everything.
    private func receive(_ want: (UInt32) -> Void) async throws {
        while let packet = try await request.next(FilePacket.self) {
            switch packet.kind {
            case .request: want(packet.id)
            case .end: return
            case .error: throw GRPCStatus(.unknown, String(decoding: packet.data, as: UTF8.self))
            case .entry, .data, nil: throw GRPCStatus(.invalidArgument, "a message of the other side came here")
            }
        }
        throw GRPCStatus(.cancelled, "the daemon wants no more files")
    }

    private func sendEntries(_ asked: FileRequest) async throws {
        switch files {
        case .folder(let folder):
            try await FileWalk.run(folder, try asked.filter(in: folder)) { entry, name in try await send(entry, name) }
        case .memory(let files):
            for (name, content) in files.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
                var entry = FileEntry()
                entry.path = Array(name.utf8)
                entry.mode = FileEntry.mode(nil, permissions: 0o644)
                entry.size = Int64(content.count)
                try await send(entry, name.asName)
            }
        }
        try await request.send(FilePacket(.entry))
    }

    private func send(_ entry: FileEntry, _ name: OpenFolder.Name?) async throws {
        names.withLock { $0.append(name) }
        try await request.send(FilePacket(entry))
    }

    private func sendContent(_ id: UInt32) async throws {
        let name = try names.withLock { names throws(GRPCStatus) in
            guard names.indices.contains(Int(id)) else {
                throw GRPCStatus(.invalidArgument, "no entry has the number \(id)")
            }
            return names[Int(id)]
        }
        if let name { try await sendContent(id, name) }
        try await request.send(FilePacket(.data, id: id))
    }

    private func sendContent(_ id: UInt32, _ path: OpenFolder.Name) async throws {
        switch files {
        case .memory(let files):
            var rest = (files[String(decoding: path.dropLast(), as: UTF8.self)] ?? [])[...]
            while !rest.isEmpty {
                try await request.send(FilePacket(.data, id: id, data: Array(rest.prefix(Self.pieceSize))))
                rest = rest.dropFirst(Self.pieceSize)
            }
        case .folder(let folder):
            let slash = path.lastIndex(of: UInt8(ascii: "/"))
            let parent = try slash.map { slash throws(FileError) in try folder.open(below: path[..<slash]) } ?? folder
            let file = try parent.content(Array(path[(slash.map { $0 + 1 } ?? 0)...]))
            var position: Int64 = 0
            while true {
                let piece = try file.read(Self.pieceSize, at: position)
                if piece.isEmpty { return }
                position += Int64(piece.count)
                try await request.send(FilePacket(.data, id: id, data: piece))
            }
        }
    }
}
