internal import Foundation

extension Tool {
    /// Runs a program in a folder to its end, for what is prepared before any test; its output is thrown away.
    ///
    /// - Throws: ``TestKitError`` when it fails.
    package static func runQuietly(_ words: [String], in folder: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = words
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        if process.terminationStatus != 0 { throw TestKitError("\(words[0]) ended with \(process.terminationStatus)") }
    }
}
