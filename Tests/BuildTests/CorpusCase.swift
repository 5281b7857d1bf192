import Foundation

/// A Dockerfile with its build context.
///
/// Beside these there may be `flags` of the command line, for builders that do not know all of the language a
/// `plain.Dockerfile` that means the same, and `differences` to what buildah makes of it: lines as
/// ``ImageFacts/differences(from:)`` has them, below comments that say why, and who is right.
struct CorpusCase: Sendable, CustomStringConvertible {
    let description: String

    static let all: [CorpusCase] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: Machine.testData("builds/corpus"))) ?? []
        return names.sorted().map { CorpusCase(description: $0) }
    }()

    var context: String { Machine.testData("builds/corpus/\(description)") }

    var flags: [String] { text("flags").split(whereSeparator: \.isWhitespace).map(String.init) }

    /// Sorted.
    var explainedDifferences: [String] { differences.filter { !$0.hasPrefix("# ") }.sorted() }

    /// Whether nothing is explained, or a reason comes first.
    var hasReasons: Bool { differences.first?.hasPrefix("# ") ?? true }

    private var differences: [String] { text("differences").split(separator: "\n").map(String.init) }

    private func text(_ name: String) -> String {
        (try? String(contentsOfFile: "\(context)/\(name)", encoding: .utf8)) ?? ""
    }

    var plainDockerfile: String {
        FileManager.default.fileExists(atPath: "\(context)/plain.Dockerfile") ? "plain.Dockerfile" : "Dockerfile"
    }
}
