import Foundation

/// The sources as text.
enum SourceTree {
    struct File: CustomStringConvertible, Sendable {
        /// The path below the project's folder.
        let path: String
        let text: String

        var description: String { path }
        var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

        /// The module or the test target that the file is in.
        var module: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }

        /// The modules that the file imports.
        var imports: [String] {
            lines.compactMap {
                $0.wholeMatch(of: /(?:[\w@]+ +)*import +(\w+)(?:\..*)? *(?:\/\/.*)?/).map { String($0.1) }
            }
        }
    }

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    static let sources = swiftFiles(below: "Sources")
    static let tests = swiftFiles(below: "Tests")

    static func text(_ path: String) throws -> String {
        try String(contentsOfFile: "\(root)/\(path)", encoding: .utf8)
    }

    static func names(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: "\(root)/\(folder)").sorted()
    }

    private static func swiftFiles(below folder: String) -> [File] {
        let paths = FileManager.default.enumerator(atPath: "\(root)/\(folder)")?.compactMap { $0 as? String } ?? []
        return paths.filter { $0.hasSuffix(".swift") }.sorted().compactMap { path in
            (try? text("\(folder)/\(path)")).map { File(path: "\(folder)/\(path)", text: $0) }
        }
    }
}
