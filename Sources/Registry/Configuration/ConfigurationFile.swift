internal import FileSystem

/// Reads configuration: small files and folders that may well not be there.
enum ConfigurationFile {
    /// More is no configuration, but a mistake.
    private static let maximumSize = 16 << 20

    /// The content of a file, or `nil` when there is none.
    static func read(_ path: String) throws(FileError) -> [UInt8]? {
        do {
            return try File.read(path, limit: maximumSize)
        } catch {
            if error.isMissing { return nil }
            throw error
        }
    }

    /// The names in a folder, sorted by their bytes, or `nil` when there is no such folder.
    static func names(in folder: String) throws(FileError) -> [String]? {
        do {
            return try Folder.list(folder)
        } catch {
            if error.isMissing { return nil }
            throw error
        }
    }
}
