package import FileSystem

/// Files that a daemon may ask for.
package enum SentFiles: Sendable {
    /// A folder of this machine.
    case folder(OpenFolder)
    /// Files in memory, by their names. They need not exist anywhere.
    case memory([String: [UInt8]])
}
