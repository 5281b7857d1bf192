import Foundation
import TestKit

/// The folder that all of the project is in.
enum Project {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// Where the programs are that were built with the tests.
    static let products = String(Tool.imgtool.program.dropLast("/imgtool".count))

    /// A `PATH` in which these programs come first.
    static let searchPath = "\(products):/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// Where things are kept that had to be fetched for base images, and what builds of examples keep.
    static let testImages = file(".build/test-images")

    /// The variables of examples: these programs come first, and what one build has made is found by the next.
    static let environment = ["PATH": searchPath, "IMGTOOL_CACHE": "\(testImages)/cache"]

    static func file(_ path: String) -> String { "\(root)/\(path)" }

    static func text(_ path: String) throws -> String { try String(contentsOfFile: file(path), encoding: .utf8) }
}
