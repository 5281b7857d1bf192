import Foundation

/// A document in Markdown, as far as it concerns its examples.
struct Document: CustomStringConvertible, Sendable {
    /// The path below the project's folder.
    let path: String
    let text: String
    let blocks: [FencedBlock]

    var description: String { path }

    init(_ path: String) throws {
        self.init(path: path, text: try Project.text(path))
    }

    init(path: String, text: String) {
        self.path = path
        self.text = text
        blocks = FencedBlock.all(in: text)
    }

    /// README.md and everything in docs.
    static let all: [Document] = {
        let docs = (try? FileManager.default.contentsOfDirectory(atPath: Project.file("docs"))) ?? []
        let paths = ["README.md"] + docs.filter { $0.hasSuffix(".md") }.sorted().map { "docs/\($0)" }
        return paths.compactMap { try? Document($0) }
    }()

    /// The console blocks of each section, in which one goes on where the one before it ended.
    var transcripts: [Transcript] {
        var sections: [(title: String, blocks: [FencedBlock])] = []
        for block in blocks where block.language == "console" {
            if sections.last?.title != block.section { sections.append((block.section, [])) }
            sections[sections.count - 1].blocks.append(block)
        }
        return sections.map { Transcript(name: "\(path), \($0.title)", steps: $0.blocks.flatMap(Transcript.steps)) }
    }
}

/// A block between two fences.
struct FencedBlock: Sendable {
    let language: String
    /// The heading of level 1 or 2 that the block is under.
    let section: String
    /// The number of its first line in the document.
    let line: Int
    let lines: [String]

    static func all(in text: String) -> [FencedBlock] {
        var blocks: [FencedBlock] = []
        var section = ""
        var open: (language: String, line: Int, lines: [String])?
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if let block = open {
                if line == "```" {
                    blocks.append(
                        FencedBlock(language: block.language, section: section, line: block.line, lines: block.lines))
                    open = nil
                } else {
                    open?.lines.append(String(line))
                }
            } else if line.hasPrefix("```") {
                open = (String(line.dropFirst(3)), index + 2, [])
            } else if line.hasPrefix("# ") || line.hasPrefix("## ") {
                section = String(line.drop { $0 == "#" || $0 == " " })
            }
        }
        return blocks
    }
}
