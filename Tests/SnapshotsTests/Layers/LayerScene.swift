import Archive
import Concurrency
import Foundation
import OCI
import Snapshots
import TestKit

/// A place for the layers of one test.
struct LayerScene: Sendable {
    let folder: TemporaryFolder

    static func with<Result>(_ body: (LayerScene) async throws -> Result) async throws -> Result {
        try await TemporaryFolder.with { folder in try await body(LayerScene(folder: folder)) }
    }

    func path(_ name: String) -> String { folder.file(name) }

    /// Runs a shell script in a folder of the scene, which is created.
    @discardableResult
    func shell(in name: String = "", _ script: String) async throws -> String {
        try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
        return try await Tool("sh").output("-euc", "cd '\(path(name))'; umask 022; \(script)")
    }

    /// Runs a shell script in folders joined by overlayfs, the lowest first, and returns the folder that it has written.
    @discardableResult
    func overlay(_ lower: [String], upper: String = "upper", _ script: String) async throws -> String {
        for name in [upper, "\(upper)-work", "\(upper)-merged"] { try await shell(in: name, "") }
        let layers = lower.reversed().joined(separator: ":")
        let options = "lowerdir=\(layers),upperdir=\(path(upper)),workdir=\(path("\(upper)-work")),index=off"
        let merged = path("\(upper)-merged")
        let output = try await Tool("unshare").output(
            "-m", "sh", "-euc",
            "mount -t overlay -o redirect_dir=off,metacopy=off,\(options) overlay \(merged); cd \(merged); \(script)")
        return output.isEmpty ? path(upper) : output
    }

    /// What a file tree is, one line an entry, times included.
    func listing(_ path: String) async throws -> [String] {
        try await Tool("sh").output(
            "-c",
            "cd '\(path)'; find . -mindepth 1 -printf '%P %y %m %U:%G %s %T@ %n %l\\n' | sed 's/\\( d .*\\) 4096 /\\1 /'"
        ).lines.sorted()
    }

    func digests() -> FileDigests { FileDigests(record: path("record")) }
}

extension LayerContent {
    /// One line an entry.
    var lines: [String] { entries.map { "\($0.path) \($0.label)" } }

    func entry(_ path: String) -> Entry? { entries.first { "\($0.path)" == path } }
}

extension LayerContent.Entry {
    var label: String {
        let kind =
            switch kind {
            case .file(let data): "file \(data.size)"
            case .folder(let isOpaque): isOpaque ? "opaque folder" : "folder"
            case .symbolicLink(let target): "-> \(String(decoding: target, as: UTF8.self))"
            case .hardLink(let target): "= \(target)"
            case .characterDevice(let major, let minor): "character \(major):\(minor)"
            case .blockDevice(let major, let minor): "block \(major):\(minor)"
            case .fifo: "fifo"
            case .whiteout: "gone"
            }
        switch self.kind {
        case .whiteout, .hardLink: return kind
        default: break
        }
        let extra = attributes.isEmpty ? "" : " " + attributes.map(\.name).joined(separator: ",")
        return "\(kind) \(String(mode, radix: 8)) \(uid):\(gid)\(extra)"
    }
}

func source(of bytes: [UInt8]) -> ByteSource {
    var rest: [UInt8]? = bytes
    return {
        defer { rest = nil }
        return rest
    }
}

/// An archive of entries, files with their names as content.
func archive(_ entries: [TarEntry]) throws -> [UInt8] {
    var bytes: [UInt8] = []
    let writer = TarWriter { bytes += $0 }
    for var entry in entries {
        if entry.kind == .file { entry.size = Int64(entry.path.bytes.count) }
        try writer.add(entry)
        if entry.kind == .file { try writer.write(entry.path.bytes) }
    }
    try writer.finish()
    return bytes
}

func tarEntry(_ path: String, _ kind: TarEntry.Kind = .file, mode: UInt16 = 0o644) throws -> TarEntry {
    TarEntry(try TarPath(path), kind, mode: mode, modified: 1_000_000_000)
}
