internal import Foundation

/// A folder for one test, removed with its content when the value is released.
package final class TemporaryFolder: Sendable {
    /// Absolute, without a slash at the end.
    package let path: String

    /// Makes an empty folder. Most tests want ``with(_:)``, or keep it as a property of their suite.
    ///
    /// - Throws: ``TestKitError``.
    package init() throws {
        var template = Array("\(FileManager.default.temporaryDirectory.path)/imgtool-test.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw TestKitError("cannot make a temporary folder: errno \(errno)") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Runs `body` with a new, empty folder and removes the folder with all that is in it, whatever happens.
    package static func with<Result>(_ body: (TemporaryFolder) async throws -> Result) async throws -> Result {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        return try await body(folder)
    }

    deinit { remove() }

    /// Removes the folder with all that is in it.
    package func remove() {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The absolute path of something in the folder.
    package func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file, with the folders above it, and returns its absolute path.
    @discardableResult
    package func write(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
        let file = file(name)
        let parent = file[..<(file.lastIndex(of: "/") ?? file.endIndex)]
        try FileManager.default.createDirectory(atPath: String(parent), withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        return file
    }

    /// Writes a file of text, with the folders above it, and returns its absolute path.
    @discardableResult
    package func write(_ name: String, text: String) throws -> String { try write(name, text.utf8) }

    /// The content of a file.
    package func bytes(_ name: String) throws -> [UInt8] {
        // Foundation's own reading leaks memory when a file is empty.
        guard let handle = fopen(file(name), "r") else { throw TestKitError("cannot read \(file(name))") }
        defer { fclose(handle) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while case let count = fread(&buffer, 1, buffer.count, handle), count > 0 { content += buffer[..<count] }
        return content
    }

    /// The content of a file as UTF-8 text.
    package func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }

    /// Whether there is a file or folder of this name.
    package func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: file(name)) }

    /// The paths of everything that is not a folder, relative to this one and sorted.
    package func files() -> [String] {
        let all = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
        var isFolder: ObjCBool = false
        return all.filter {
            !(FileManager.default.fileExists(atPath: file($0), isDirectory: &isFolder) && isFolder.boolValue)
        }.sorted()
    }

    /// The names of what is in a folder of this folder, sorted; none when there is no such folder.
    package func names(in name: String = "") -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: file(name))) ?? []).sorted()
    }
}

/// Why the scenery of a test could not be set up.
package struct TestKitError: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}
