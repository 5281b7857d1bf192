import BuildKit
import GRPC

/// A daemon's half of the protocol of files.
enum FileExchange {
    static let sync = "/moby.filesync.v1.FileSync/DiffCopy"
    static let send = "/moby.filesync.v1.FileSend/DiffCopy"

    /// What a client has sent.
    struct Received {
        var entries: [FileEntry] = []
        /// By the places of entries.
        var contents: [Int: [UInt8]] = [:]

        var paths: [String] { entries.map { String(decoding: $0.path, as: UTF8.self) } }

        func content(of path: String) -> [UInt8]? { paths.firstIndex(of: path).flatMap { contents[$0] } }
    }

    /// Asks for a tree, and for the content of all files in the opposite order.
    static func receive(_ session: GRPCClient, _ fields: [HTTP2Field]) async throws -> Received {
        let call = try session.call(sync, metadata: fields)
        var received = Received()
        while let packet = try await call.next(FilePacket.self), let entry = packet.entry {
            received.entries.append(entry)
        }
        let wanted = received.entries.indices.filter { received.entries[$0].kind == .file }.reversed()
        for place in wanted { try await call.send(FilePacket(.request, id: UInt32(place))) }
        var open = Set(wanted)
        while !open.isEmpty, let packet = try await call.next(FilePacket.self) {
            guard packet.kind == .data else { throw GRPCStatus(.unknown, String(decoding: packet.data, as: UTF8.self)) }
            received.contents[Int(packet.id), default: []] += packet.data
            if packet.data.isEmpty { open.remove(Int(packet.id)) }
        }
        try await call.send(FilePacket(.end))
        guard try await call.next(FilePacket.self)?.kind == .end else {
            throw GRPCStatus(.unknown, "no answer to the end")
        }
        guard try await call.next() == nil else { throw GRPCStatus(.unknown, "more after the end") }
        return received
    }

    /// Sends entries, and for each of them what is asked for.
    static func send(_ session: GRPCClient, _ entries: [FileEntry], _ contents: [String: [UInt8]] = [:]) async throws {
        let call = try session.call(send)
        for entry in entries { try await call.send(FilePacket(entry)) }
        try await call.send(FilePacket(.entry))
        while let packet = try await call.next(FilePacket.self) {
            if packet.kind == .end { break }
            let path = String(decoding: entries[Int(packet.id)].path, as: UTF8.self)
            let content = contents[path] ?? []
            for start in stride(from: 0, to: content.count, by: 1000) {
                let piece = Array(content[start..<min(start + 1000, content.count)])
                try await call.send(FilePacket(.data, id: packet.id, data: piece))
            }
            try await call.send(FilePacket(.data, id: packet.id))
        }
        try await call.send(FilePacket(.end))
        call.finish()
        while try await call.next() != nil {}
    }
}

extension FileEntry {
    static let folder: UInt32 = 1 << 31
    static let symbolicLink: UInt32 = 1 << 27
    static let device: UInt32 = 1 << 26

    init(_ path: String, _ mode: UInt32 = 0o644, link: String = "", modified: Int64 = 1_700_000_000_123_456_789) {
        self.init()
        self.path = Array(path.utf8)
        self.mode = mode
        self.link = Array(link.utf8)
        self.modified = modified
    }
}
