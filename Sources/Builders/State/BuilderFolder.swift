internal import FileSystem
internal import JSON
internal import OCI

/// The builders in imgtool's own configuration: a file for each, and one for the selection.
///
/// Files are replaced as a whole, so reading needs no lock. Changes hold a lock on the folder.
struct BuilderFolder: Sendable {
    private static let suffix = ".json"
    /// No builder has a name like this.
    private static let selectionName = ".selection.json"
    private static let patience = Duration.seconds(20)

    let path: String

    /// All builders, sorted by name.
    ///
    /// - Throws: ``ImageError`` if the folder cannot be listed.
    func all() throws(ImageError) -> [BuilderListing] {
        var listings: [BuilderListing] = []
        for file in try ConfigurationText.names(in: path) where file.hasSuffix(Self.suffix) && !file.hasPrefix(".") {
            let name = String(file.dropLast(Self.suffix.count))
            do throws(ImageError) {
                if let builder = try named(name) { listings.append(.init(name: name, definition: .success(builder))) }
            } catch {
                listings.append(.init(name: name, definition: .failure(error)))
            }
        }
        return listings
    }

    /// - Throws: ``ImageError`` if its file cannot be read.
    func named(_ name: String) throws(ImageError) -> BuilderDefinition? {
        let file = self.file(name)
        guard let bytes = try ConfigurationText.read(file, about: "the builder \(name)") else { return nil }
        do {
            return try BuilderDefinition(
                parsing: bytes, origin: .own, lastActivity: ConfigurationText.lastChange(file))
        } catch {
            throw ImageError(
                .failed, "cannot read the builder \(name) from \(file)", "\(error)",
                advice: "imgtool builder rm \(name) removes it")
        }
    }

    /// - Throws: ``ImageError`` if its file cannot be read.
    func selection() throws(ImageError) -> BuilderSelection {
        let file = "\(path)/\(Self.selectionName)"
        guard let bytes = try ConfigurationText.read(file, about: "the current builder") else { return .init() }
        do {
            return try BuilderSelection(parsing: bytes)
        } catch {
            throw ImageError(
                .failed, "cannot read \(file) about the current builder", "\(error)",
                advice: "remove it, and run imgtool builder use")
        }
    }

    /// Makes changes that no other process makes at the same time.
    ///
    /// - Throws: ``ImageError``; `CancellationError`; what `body` throws.
    func changing<Value>(_ body: (Change) throws -> Value) async throws -> Value {
        let lock: FileLock
        do {
            try Folder.create(path, permissions: 0o700)
            lock = try await FileLock(
                .exclusive, waitingFor: OpenFile(path, for: .folder), timeout: Self.patience)
        } catch let error as FileError {
            throw ImageError(.failed, "cannot change the builders in \(path)", error.reason)
        }
        defer { lock.release() }
        return try body(Change(folder: self))
    }

    /// The right to change the folder.
    struct Change {
        fileprivate let folder: BuilderFolder

        /// - Throws: ``ImageError``.
        func save(_ builder: BuilderDefinition) throws(ImageError) {
            try folder.write(builder.json, to: folder.file(builder.name))
        }

        /// - Throws: ``ImageError``.
        func save(_ selection: BuilderSelection) throws(ImageError) {
            try folder.write(selection.json, to: "\(folder.path)/\(BuilderFolder.selectionName)")
        }

        /// - Returns: True if there was such a builder.
        /// - Throws: ``ImageError``.
        func remove(_ name: String) throws(ImageError) -> Bool {
            do {
                return try File.remove(folder.file(name))
            } catch {
                throw ImageError(.failed, "cannot remove the builder \(name)", error.description)
            }
        }
    }

    /// Sets the time of a builder's last activity to now.
    func refresh(_ name: String) { _ = try? File.refresh(file(name)) }

    private func file(_ name: String) -> String { "\(path)/\(name)\(Self.suffix)" }

    private func write(_ json: JSONValue, to file: String) throws(ImageError) {
        do {
            // Options may hold secrets.
            try File.replace(file, with: json.bytes() + [0x0A], permissions: 0o600)
        } catch {
            throw ImageError(.failed, "cannot write \(file)", error.description)
        }
    }
}
