import Glibc
import OCI
import TestKit

/// What is in a folder, as far as an image has it: no times.
struct Mountable: Sendable {
    /// Each path from `/` below the folder, and in words what is there.
    private(set) var entries: [String: String] = [:]

    /// Paths of files that have several names, by where they really are.
    private var names: [FileID: [String]] = [:]

    private struct FileID: Hashable {
        let device: UInt
        let number: UInt
    }

    /// - Throws: ``TestKitError``.
    init(at root: String) throws {
        try read(root, as: "")
        for names in names.values where names.count > 1 {
            let first = names.min() ?? ""
            for name in names where name != first { entries[name]? += ", also \(first)" }
        }
    }

    private mutating func read(_ folder: String, as name: String) throws {
        guard let stream = opendir(folder) else { throw TestKitError("cannot read \(folder): errno \(errno)") }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let child = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if child == "." || child == ".." { continue }
            var status = stat()
            guard lstat("\(folder)/\(child)", &status) == 0 else {
                throw TestKitError("cannot look at \(folder)/\(child): errno \(errno)")
            }
            entries["\(name)/\(child)"] = try Self.describe("\(folder)/\(child)", status)
            if status.st_mode & S_IFMT == S_IFDIR {
                try read("\(folder)/\(child)", as: "\(name)/\(child)")
            } else if status.st_nlink > 1 {
                let id = FileID(device: UInt(status.st_dev), number: UInt(status.st_ino))
                names[id, default: []].append("\(name)/\(child)")
            }
        }
    }

    private static func describe(_ path: String, _ status: stat) throws -> String {
        let mode = String(status.st_mode & 0o7777, radix: 8)
        let owner = "\(status.st_uid):\(status.st_gid)"
        let device = "\(status.st_rdev >> 8 & 0xfff):\(status.st_rdev & 0xff)"
        return switch status.st_mode & S_IFMT {
        case S_IFDIR: "folder \(mode) \(owner)"
        case S_IFREG: "file \(mode) \(owner) \(try describeContent(path))"
        case S_IFLNK: "link \(owner) to \(try target(path))"
        case S_IFCHR: "character device \(device) \(mode) \(owner)"
        case S_IFBLK: "block device \(device) \(mode) \(owner)"
        case S_IFIFO: "pipe \(mode) \(owner)"
        default: "something else"
        }
    }

    private static func describeContent(_ path: String) throws -> String {
        guard let file = fopen(path, "r") else { throw TestKitError("cannot open \(path): errno \(errno)") }
        defer { fclose(file) }
        var content: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { content += buffer[..<count] }
        if content.count <= 60, let text = String(validating: content, as: UTF8.self) { return text.debugDescription }
        return "\(content.count) bytes \(Digest(of: content).hex.prefix(12))"
    }

    private static func target(_ path: String) throws -> String {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink(path, &buffer, buffer.count)
        guard count >= 0 else { throw TestKitError("cannot read the link \(path): errno \(errno)") }
        return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
