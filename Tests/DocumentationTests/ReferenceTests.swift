import OCI
import TestKit
import Testing

@Suite("README.md")
struct ReferenceTests {
    @Test("names every command and its flags", arguments: CommandHelp.all)
    func flags(of command: [String]) async throws {
        let readme = try Project.text("README.md")
        #expect(readme.contains("`imgtool \(command.joined(separator: " "))"))
        let missing = CommandHelp.flags(in: try await CommandHelp.text(of: command))
            .subtracting(CommandHelp.flags(in: readme))
        #expect(missing.sorted() == [])
    }

    @Test func `names no flag that does not exist`() async throws {
        // Instructions of a Dockerfile have flags, too.
        var known: Set<String> = ["--chmod", "--security", "--from", "--link", "--mount"]
        known.formUnion(CommandHelp.flags(in: try await CommandHelp.text(of: [])))
        for command in CommandHelp.all {
            known.formUnion(CommandHelp.flags(in: try await CommandHelp.text(of: command)))
        }
        #expect(CommandHelp.flags(in: try Project.text("README.md")).subtracting(known).sorted() == [])
    }

    @Test("names every kind of reference, and so does the help", arguments: ReferenceScheme.all.map(\.form))
    func kinds(form: String) async throws {
        #expect(try Project.text("README.md").contains("| `\(form)` |"))
        let help = try await CommandHelp.text(of: []).split(whereSeparator: \.isWhitespace)
        #expect(help.joined(separator: " ").contains("\(form), in "))
    }

    @Test func `covers all commands that there are`() async throws {
        let help = try await CommandHelp.text(of: [])
        let listed = help.matches(of: /\n  ([a-z][a-z-]*)  +[A-Z]/).map { String($0.1) }
        #expect(Set(listed) == Set(CommandHelp.all.map { $0[0] }))
    }
}
