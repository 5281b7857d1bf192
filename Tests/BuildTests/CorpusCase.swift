import Foundation

/// A Dockerfile with its build context.
///
/// Beside these there may be `flags` of the command line, and for builders that do not know all of the language a
/// `plain.Dockerfile` that means the same.
struct CorpusCase: Sendable, CustomStringConvertible {
    let description: String

    static let all: [CorpusCase] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: Machine.testData("builds/corpus"))) ?? []
        return names.sorted().map { CorpusCase(description: $0) }
    }()

    var context: String { Machine.testData("builds/corpus/\(description)") }

    var flags: [String] {
        let text = (try? String(contentsOfFile: "\(context)/flags", encoding: .utf8)) ?? ""
        return text.split(whereSeparator: \.isWhitespace).map(String.init)
    }

    var plainDockerfile: String {
        FileManager.default.fileExists(atPath: "\(context)/plain.Dockerfile") ? "plain.Dockerfile" : "Dockerfile"
    }
}
