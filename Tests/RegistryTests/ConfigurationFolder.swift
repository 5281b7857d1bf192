import Glibc
import Processes
import Registry
import Testing

/// A home folder and a system's folder for one test, gone after it.
struct ConfigurationFolder: Sendable {
    let path: String

    static func with(_ body: (ConfigurationFolder) async throws -> Void) async throws {
        var template = Array("/tmp/imgtool-registry.XXXXXX".utf8CString)
        let made = mkdtemp(&template) != nil
        try #require(made)
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let result: Result<Void, any Error>
        do {
            try await body(ConfigurationFolder(path: path))
            result = .success(())
        } catch {
            result = .failure(error)
        }
        _ = try await run(program: "rm", arguments: ["-rf", path])
        try result.get()
    }

    var home: String { "\(path)/home" }
    var etc: String { "\(path)/etc" }

    /// A value may begin with `@`, which stands for this folder.
    func locations(_ environment: [String: String] = [:]) -> ConfigurationLocations {
        ConfigurationLocations(
            environment: environment.mapValues { $0.hasPrefix("@") ? path + $0.dropFirst() : $0 }, home: home,
            system: etc)
    }

    func write(_ text: String, to name: String, mode: mode_t = 0o644) throws {
        var end = name.startIndex
        while let slash = name[end...].firstIndex(of: "/") {
            mkdir("\(path)/\(name[..<slash])", 0o755)
            end = name.index(after: slash)
        }
        let descriptor = open("\(path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        try #require(descriptor >= 0)
        let bytes = Array(text.utf8)
        let count = Glibc.write(descriptor, bytes, bytes.count)
        close(descriptor)
        try #require(count == bytes.count)
    }

    func write(_ files: [String: String]) throws {
        for (name, text) in files { try write(text, to: name) }
    }

    func read(_ name: String) throws -> [UInt8] {
        let descriptor = open("\(path)/\(name)", O_RDONLY | O_CLOEXEC)
        try #require(descriptor >= 0, "\(name) is there")
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        return Array(buffer.prefix(max(0, count)))
    }

    func exists(_ name: String) -> Bool { access("\(path)/\(name)", F_OK) == 0 }

    /// The permission bits.
    func mode(_ name: String) -> mode_t? {
        var status = stat()
        return lstat("\(path)/\(name)", &status) == 0 ? status.st_mode & 0o7777 : nil
    }
}
