import Foundation
import TestKit
import Testing

/// The package manager builds it for who asks, but not for who depends on it.
private let manualTool = "\(Project.products)/generate-manual"
private let manualToolIsBuilt = FileManager.default.isExecutableFile(atPath: manualTool)

@Suite("An installation", .enabled(if: manualToolIsBuilt, "swift build --product generate-manual makes it possible"))
struct InstallationTests {
    @Test func `has the program, its completions, its manual and its papers`() async throws {
        try await installed { folder in
            let files = folder.files()
            for file in [
                "bin/imgtool", "share/bash-completion/completions/imgtool", "share/zsh/site-functions/_imgtool",
                "share/fish/vendor_completions.d/imgtool.fish", "share/man/man1/imgtool.1",
                "share/man/man1/imgtool.create.1", "share/doc/imgtool/LICENSE", "share/doc/imgtool/README.md",
            ] {
                #expect(files.contains("usr/\(file)"), "\(file)")
            }
            let version = try await Tool(folder.file("usr/bin/imgtool")).run("--version")
            #expect(version.succeeded)
        }
    }

    @Test(
        "has completions that shells can read",
        arguments: [
            ("bash", "bash-completion/completions/imgtool"), ("zsh", "zsh/site-functions/_imgtool"),
            ("fish", "fish/vendor_completions.d/imgtool.fish"),
        ])
    func completions(shell: String, file: String) async throws {
        try await installed { folder in
            let outcome = try await Tool(shell).run("-n", folder.file("usr/share/\(file)"))
            #expect(outcome.succeeded && outcome.error == "", "\(outcome.error)")
        }
    }

    @Test("completes in bash", arguments: [("imgtool insp", "inspect"), ("imgtool create --dry", "--dry-run")])
    func bash(typed: String, completed: String) async throws {
        try await installed { folder in
            let words = typed.split(separator: " ")
            let script = """
                source \(folder.file("usr/share/bash-completion/completions/imgtool"))
                COMP_LINE='\(typed)' COMP_POINT=\(typed.count) COMP_CWORD=\(words.count - 1)
                COMP_WORDS=(\(typed))
                $(complete -p imgtool | sed 's/.*-F \\([^ ]*\\).*/\\1/') imgtool \(words.last ?? "")
                echo "${COMPREPLY[@]}"
                """
            let answers = try await Tool("bash").output("-c", script).split(separator: " ")
            #expect(answers.contains(Substring(completed)))
        }
    }

    @Test("completes in fish", arguments: [("imgtool insp", "inspect"), ("imgtool create --dry", "--dry-run")])
    func fish(typed: String, completed: String) async throws {
        try await installed { folder in
            let file = folder.file("usr/share/fish/vendor_completions.d/imgtool.fish")
            let answer = try await Tool("fish").output("-c", "source \(file); complete -C '\(typed)'")
            #expect(answer.hasPrefix(completed), "\(answer)")
        }
    }

    @Test func `has manual pages without errors`() async throws {
        try await installed { folder in
            let pages = folder.names(in: "usr/share/man/man1").map { folder.file("usr/share/man/man1/\($0)") }
            #expect(pages.count > 10)
            let outcome = try await Tool("mandoc").run(["-T", "lint", "-W", "error"] + pages)
            #expect(outcome.succeeded, "\(outcome.output)\(outcome.error)")
        }
    }

    private func installed(_ body: (TemporaryFolder) async throws -> Void) async throws {
        try await TemporaryFolder.with { folder in
            try await Tool("make").output(
                "-C", Project.root, "install-files", "BINARIES=\(Project.products)",
                "MANUAL_TOOL=\(manualTool)", "PREFIX=/usr", "DESTDIR=\(folder.path)")
            try await body(folder)
        }
    }
}
