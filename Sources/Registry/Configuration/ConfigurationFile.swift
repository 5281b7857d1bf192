internal import FileSystem

/// Reads configuration: small files and folders that need not exist.
enum ConfigurationFile {
    /// A larger file is not a configuration, but a mistake.
    private static let maximumSize = 16 << 20

    /// The content of a file; `nil` if it does not exist.
    static func read(_ path: String) throws(FileError) -> [UInt8]? {
        do {
            return try File.read(path, limit: maximumSize)
        } catch {
            if error.isMissing { return nil }
            throw error
        }
    }

    /// The names in a folder, sorted by their bytes; `nil` if it does not exist.
    static func names(in folder: String) throws(FileError) -> [String]? {
        do {
            return try Folder.list(folder)
        } catch {
            if error.isMissing { return nil }
            throw error
        }
    }
}
