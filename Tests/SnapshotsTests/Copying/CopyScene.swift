import Archive
import DockerfileLanguage
import Foundation
import Snapshots
import TestKit

/// A context and a tree below, and lines of a Dockerfile that are carried out on them one after the other.
struct CopyScene: Sendable {
    let folder: TemporaryFolder
    var context: ContextTree
    /// Layers, the lowest first.
    private(set) var layers: [String] = []

    var base: StackView { StackView(layers: layers, name: "the base") }

    /// - Parameters:
    ///   - script: Fills the context; it is run there by a shell.
    ///   - baseScript: Fills the tree below.
    static func with<Value>(
        _ script: String, ignore: [String] = [], base baseScript: String = "",
        _ body: (inout CopyScene) async throws -> Value
    ) async throws -> Value {
        try await TemporaryFolder.with { folder in
            try await fill(folder.file("context"), script)
            try await fill(folder.file("base"), baseScript)
            var scene = CopyScene(
                folder: folder,
                context: ContextTree(folder: folder.file("context"), ignoring: try PathPatterns(ignore)),
                layers: [folder.file("base")])
            return try await body(&scene)
        }
    }

    static func fill(_ folder: String, _ script: String) async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try await Tool("sh").output("-euc", "cd \"$1\"; umask 022; \(script)", "sh", folder)
    }

    /// What a line adds: COPY, ADD or WORKDIR, with absolute paths, everything apart by single spaces.
    func content(_ line: String) throws -> LayerContent {
        var words = line.split(separator: " ").map(String.init)
        let name = words.removeFirst()
        if name == "WORKDIR" {
            return try FolderOperation(path: words[0], owner: Owner(uid: 0, gid: 0)).content(onto: base)
        }
        var operation = CopyOperation(
            sources: [], destination: words.removeLast(), extractsArchives: name == "ADD" ? nil : false)
        for word in words {
            let flag = word.split(separator: "=", maxSplits: 1).map(String.init)
            switch flag[0] {
            case "--chown":
                operation.owner = try Owner(
                    parsing: flag[1], passwd: base.read("/etc/passwd"), group: base.read("/etc/group"))
            case "--chmod": operation.mode = try ModeChange(parsing: flag[1])
            case "--exclude": operation.excludes.append(flag[1])
            case "--link": operation.isLinked = true
            case "--parents": operation.keepsParents = true
            case "--unpack": operation.extractsArchives = flag[1] == "true"
            case "--from":
                operation.sources = [.tree(.stack(base), path: words.last ?? "")]
                return try operation.content(onto: base, scratch: folder.file("scratch"))
            default: operation.sources.append(.tree(.context(context), path: word))
            }
        }
        return try operation.content(onto: base, scratch: folder.file("scratch"))
    }

    /// Carries out a line, so that the next one comes on top of it.
    mutating func carryOut(_ line: String) throws {
        let layer = folder.file("layer\(layers.count)")
        try Self.write(try content(line), to: layer)
        layers.append(layer)
    }

    private static func write(_ content: LayerContent, to layer: String) throws {
        let files = FileManager.default
        try files.createDirectory(atPath: layer, withIntermediateDirectories: true)
        for entry in content.entries {
            let path = "\(layer)/\(entry.path)"
            try? files.createDirectory(
                atPath: String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex)),
                withIntermediateDirectories: true)
            switch entry.kind {
            case .folder: try? files.createDirectory(atPath: path, withIntermediateDirectories: false)
            case .file(.bytes(let bytes)): try Data(bytes).write(to: URL(fileURLWithPath: path))
            case .file(.file(let source, _, _)): try files.copyItem(atPath: source, toPath: path)
            case .hardLink(let first): try files.linkItem(atPath: "\(layer)/\(first)", toPath: path)
            case .symbolicLink(let target):
                try files.createSymbolicLink(
                    atPath: path, withDestinationPath: String(decoding: target, as: UTF8.self))
            default: throw TestKitError("\(path) is of a kind that is not written here")
            }
            _ = lchown(path, entry.uid, entry.gid)
            if case .symbolicLink = entry.kind { continue }
            _ = chmod(path, mode_t(entry.mode))
        }
    }
}

extension LayerContent {
    /// Each entry on a line: kind, mode, owner, path, and what a file has in it or where a link leads to.
    var listing: [String] {
        entries.map { entry in
            let mode = String(entry.mode, radix: 8)
            let facts = "0\(mode) \(entry.uid):\(entry.gid) \(entry.path)"
            let attributes = entry.attributes.map { " \($0.name)=\(String(decoding: $0.value, as: UTF8.self))" }
            let end = attributes.joined()
            switch entry.kind {
            case .folder(let isOpaque): return "d \(facts)\(isOpaque ? " opaque" : "")\(end)"
            case .file(.bytes(let bytes)): return "f \(facts) \(String(decoding: bytes, as: UTF8.self))\(end)"
            case .file(.file(let path, let size, _)):
                let text = FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
                return "f \(facts) \((size < 100 ? text : nil) ?? "\(size) bytes")\(end)"
            case .symbolicLink(let target):
                return "l \(entry.uid):\(entry.gid) \(entry.path) -> \(String(decoding: target, as: UTF8.self))"
            case .hardLink(let first): return "h \(entry.path) = \(first)"
            case .characterDevice(let major, let minor): return "c \(facts) \(major),\(minor)"
            case .blockDevice(let major, let minor): return "b \(facts) \(major),\(minor)"
            case .fifo: return "p \(facts)"
            case .whiteout: return "w \(entry.path)"
            }
        }
    }
}
