internal import FileSystem
internal import OCI

/// Small files of configuration.
enum ConfigurationText {
    private static let limit = 4 << 20

    /// The content of a file.
    ///
    /// - Parameter subject: What the file describes, for the error.
    /// - Returns: `nil` if the file does not exist.
    /// - Throws: ``ImageError``.
    static func read(_ path: String, about subject: String) throws(ImageError) -> [UInt8]? {
        do {
            return try File.read(path, limit: limit, for: .content)
        } catch {
            if error.isMissing { return nil }
            throw ImageError(.failed, "cannot read \(path) about \(subject)", error.reason)
        }
    }

    /// The names in a folder; none if there is no such folder.
    ///
    /// - Throws: ``ImageError``.
    static func names(in folder: String) throws(ImageError) -> [String] {
        do {
            return try Folder.list(folder)
        } catch {
            if error.isMissing { return [] }
            throw ImageError(.failed, "cannot list the builders in \(folder)", error.reason)
        }
    }

    /// The time of a file's last change, in seconds since 1970.
    static func lastChange(_ path: String) -> Int64? {
        (try? FileStatus(of: path))?.modified.seconds
    }
}
