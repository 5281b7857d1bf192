internal import Archive
package import Concurrency
package import FileSystem
internal import Glibc
package import OCI

/// Layers on disk as folders, in overlayfs's format.
///
/// A layer is named by the digest of its content (``LayerContent/digest(with:)``) or, if it comes from an image, by its
/// diff ID. A folder with its final name is complete, even after a power failure. Any number of processes may share a
/// store.
///
/// A layer may lead through folders without entries, which have the attributes that they have below. If these are not
/// plain folders of root with mode 0755, the layer has a separate folder for that base.
package final class LayerStore: Sendable {
    private let layers: String
    private let temporary: ScratchFolder

    /// Opens a store, and removes leftovers of killed processes.
    ///
    /// - Parameter folder: An absolute path, created if missing. Layers are in `layers/`, unfinished ones in `tmp/`.
    /// - Throws: ``ImageError``.
    package init(folder: String) throws(ImageError) {
        layers = "\(folder)/layers"
        temporary = try LayerFailure.explaining("cannot use \(folder) for layers") {
            for name in ["layers", "tmp"] { try Folder.create("\(folder)/\(name)", permissions: 0o700) }
            try ScratchFolder.removeLeftovers(in: "\(folder)/tmp")
            return try ScratchFolder(in: "\(folder)/tmp")
        }
    }

    /// The folder of a layer.
    ///
    /// - Parameter lower: The folders of the layers below, the lowest first.
    /// - Returns: An absolute path; `nil` if the layer is not in the store, or not for this base.
    /// - Throws: ``ImageError``.
    package func folder(for layer: Digest, over lower: [String] = []) throws(ImageError) -> String? {
        try LayerFailure.explaining("cannot find a layer") {
            guard let paths = try impliedPaths(of: layer) else { return nil }
            return try complete(name(of: layer, implied: paths, over: lower))
        }
    }

    /// Writes a layer's content, unless it exists.
    ///
    /// - Parameter lower: The folders of the layers below, the lowest first.
    /// - Returns: The layer's folder.
    /// - Throws: ``ImageError``.
    package func add(
        _ content: LayerContent, as layer: Digest, over lower: [String] = []
    ) throws(ImageError) -> String {
        try LayerFailure.explaining("cannot keep a layer") {
            let implied = content.impliedFolders
            if let there = try complete(name(of: layer, implied: implied, over: lower)) { return there }
            return try publish(layer, implied, over: lower) { try content.write(to: $0, over: lower) }
        }
    }

    /// Unpacks an archive, unless the layer exists.
    ///
    /// - Parameters:
    ///   - diffID: The digest of the uncompressed archive.
    ///   - lower: The folders of the layers below, the lowest first.
    /// - Returns: The layer's folder.
    /// - Throws: ``ImageError``, of code `verification` if the archive is damaged or has another digest; the error of
    ///   the source.
    package func unpack(
        _ source: @escaping ByteSource, as layer: Digest, expecting diffID: Digest, over lower: [String] = []
    ) throws -> String {
        if let there = try folder(for: layer, over: lower) { return there }
        let making = temporary.unusedPath()
        defer { _ = try? TreeRemoval.remove(making) }
        try LayerFailure.explaining("cannot keep a layer") { try Self.createEmpty("\(making)/fs") }
        let implied = try LayerUnpacking.unpack(source, to: "\(making)/fs", expecting: diffID, over: lower)
        return try LayerFailure.explaining("cannot keep a layer") {
            try publish(making, layer, implied.sorted(), over: lower)
        }
    }

    /// Turns an upper folder of overlayfs into a layer, without copying anything. If the layer exists already, the
    /// folder is removed.
    ///
    /// - Parameter upper: An absolute path on the store's file system, no longer mounted.
    /// - Returns: The layer's folder.
    /// - Throws: ``ImageError``.
    package func adopt(upper: String, as layer: Digest) throws(ImageError) -> String {
        try LayerFailure.explaining("cannot keep a layer") {
            if let there = try complete(name(of: layer, implied: [], over: [])) {
                try TreeRemoval.remove(upper)
                return there
            }
            try LayerFolder.removeOverlayAttributes(from: upper)
            return try publish(layer, [], over: []) { folder in
                if rmdir(folder) != 0 { throw FileError(errno, "remove the folder", folder) }
                try File.rename(upper, to: folder)
            }
        }
    }

    /// Creates an empty folder on the store's file system, such as for a step's output. It is removed when the process
    /// ends.
    ///
    /// - Throws: ``ImageError``.
    package func newFolder() throws(ImageError) -> String {
        try LayerFailure.explaining("cannot make a folder for a step") {
            let path = temporary.unusedPath()
            try Self.createEmpty(path)
            return path
        }
    }

    /// Removes a folder created by ``newFolder()``.
    ///
    /// - Throws: ``ImageError``.
    package func discard(_ folder: String) throws(ImageError) {
        try LayerFailure.explaining("cannot remove a folder of a step") { _ = try TreeRemoval.remove(folder) }
    }

    /// Removes unfinished content. Nothing can be added afterwards.
    package func close() { temporary.remove() }

    /// Removes all forms of a layer, which must not be in use.
    ///
    /// - Returns: True if it existed.
    /// - Throws: ``ImageError``.
    @discardableResult
    package func remove(_ layer: Digest) throws(ImageError) -> Bool {
        try LayerFailure.explaining("cannot remove a layer") {
            let names = try names(of: layer)
            for name in names {
                // Rename it first, so that a layer is never incomplete under its name.
                let grave = temporary.unusedPath()
                if rename("\(layers)/\(name)", grave) != 0, errno != ENOENT {
                    throw FileError(errno, "remove", "\(layers)/\(name)")
                }
                try TreeRemoval.remove(grave)
            }
            return !names.isEmpty
        }
    }

    /// The disk usage of all forms of a layer in bytes; 0 if it does not exist.
    ///
    /// - Throws: ``ImageError``.
    package func size(_ layer: Digest) throws(ImageError) -> Int64 {
        try LayerFailure.explaining("cannot measure a layer") {
            try names(of: layer).reduce(0) { try $0 + LayerFolder.diskUsage(of: "\(layers)/\($1)/fs") }
        }
    }

    // MARK: Extended attributes

    /// An attribute on the folder of layers that shows whether attributes survived when it was copied here.
    private static let mark = UserNamespace.isRoot ? "trusted.imgtool.layers" : "user.imgtool.layers"

    /// The value of the mark: a version, and the ID mapping in a user namespace.
    private static var markValue: [UInt8] {
        Array((UserNamespace.isRoot ? "1" : "1 \(UserNamespace.mapping)").utf8)
    }

    /// Damage to layers since they were made.
    package enum Loss {
        /// They may lack their extended attributes.
        case attributes
        /// Their files do not belong to the ids that this process sees.
        case owners
    }

    /// The possible damage to layers; `nil` if there is none, or attributes are not supported.
    package static func loss(in folder: String) throws(FileError) -> Loss? {
        try Folder.create("\(folder)/layers", permissions: 0o700)
        let layers = Array("\(folder)/layers".utf8) + [0]
        if let value = try ExtendedAttributes.value(mark, of: layers) {
            if value == markValue { return nil }
            let earlier = String(decoding: value.dropFirst(2), as: UTF8.self)
            guard UserNamespace.extends(earlier) else { return .owners }
            try ExtendedAttributes.set(mark, markValue, of: layers)
            return nil
        }
        // Users who cannot set owners have no layers.
        guard geteuid() == 0 else { return nil }
        do {
            try ExtendedAttributes.set("\(mark).trial", [], of: layers)
            try ExtendedAttributes.remove("\(mark).trial", of: layers)
            return .attributes
        } catch {
            guard [ENOTSUP, EPERM].contains(error.code) else { throw error }
            return nil
        }
    }

    /// Removes all layers, which must not be in use.
    package static func reset(in folder: String) throws(FileError) {
        let layers = "\(folder)/layers"
        for name in try Folder.list(layers) { try TreeRemoval.remove("\(layers)/\(name)") }
        try ExtendedAttributes.set(mark, markValue, of: Array(layers.utf8) + [0])
    }

    // MARK: Names

    private func names(of layer: Digest) throws(FileError) -> [String] {
        try Folder.list(layers).filter { $0 == layer.hex || $0.hasPrefix("\(layer.hex)-") }
    }

    /// The name of a layer's folder for a base: the layer's digest and, if it leads through folders that are not plain
    /// there, a digest of those.
    private func name(of layer: Digest, implied: [TarPath], over lower: [String]) throws(FileError) -> String {
        let below = LowerLayers(folders: lower)
        var special: [LayerContent.Entry] = []
        for path in implied {
            let folder = try below.folder(path)
            if !folder.isPlain { special.append(folder.entry(path, isOpaque: false)) }
        }
        return special.isEmpty ? layer.hex : "\(layer.hex)-\(LayerContent(special).digestOfFolders.hex)"
    }

    private func complete(_ name: String) throws(FileError) -> String? {
        let path = "\(layers)/\(name)/fs"
        return try FileStatus(of: path)?.kind == .folder ? path : nil
    }

    /// The folders without entries that a layer leads through, as recorded in any of its forms; `nil` if there is no
    /// form.
    private func impliedPaths(of layer: Digest) throws -> [TarPath]? {
        guard let name = try complete(layer.hex).map({ _ in layer.hex }) ?? names(of: layer).first else { return nil }
        let record = "\(layers)/\(name)/implied"
        guard try FileStatus(of: record) != nil else { return [] }
        return try File.read(record, limit: 1 << 30).split(separator: 0).map { try TarPath($0) }
    }

    // MARK: Appearing whole or not at all

    private static func createEmpty(_ path: String) throws(FileError) {
        try Folder.create(path)
        // Independent of the umask and of set-group-ID bits above. Users who are root not even in a user namespace can build what needs no layer
        // folders.
        if geteuid() == 0, chown(path, 0, 0) != 0 { throw FileError(errno, "give away the folder", path) }
        if chmod(path, 0o755) != 0 { throw FileError(errno, "change the mode of", path) }
    }

    private func publish(
        _ layer: Digest, _ implied: [TarPath], over lower: [String], _ fill: (String) throws -> Void
    ) throws -> String {
        let making = temporary.unusedPath()
        defer { _ = try? TreeRemoval.remove(making) }
        try Self.createEmpty("\(making)/fs")
        try fill("\(making)/fs")
        return try publish(making, layer, implied, over: lower)
    }

    private func publish(
        _ making: String, _ layer: Digest, _ implied: [TarPath], over lower: [String]
    ) throws -> String {
        if !implied.isEmpty {
            try File.replace("\(making)/implied", with: Array(implied.map(\.bytes).joined(separator: [0])))
        }
        let name = try name(of: layer, implied: implied, over: lower)
        try LayerFolder.flush(making)
        if rename(making, "\(layers)/\(name)") != 0 {
            // Another process was faster with the same layer.
            guard errno == EEXIST || errno == ENOTEMPTY else { throw FileError(errno, "name", "\(layers)/\(name)") }
        }
        return "\(layers)/\(name)/fs"
    }
}
