import OCI
import TestKit
import Testing

@Suite("The command line")
struct CommandLineTests {
    private static let commands: [([String], [String])] = [
        (
            ["inspect"],
            ["<ref>", "--raw", "--format", "--json", "--config", "--layers", "--platform", "--ca-file", "-q"]
        ),
        (
            ["create"],
            [
                "<source>", "--tag", "--file", "--append", "--must-exist", "--dry-run", "--annotation", "--platform",
                "--prefer-index", "--metadata-file", "--progress",
            ]
        ),
        (["copy"], ["<src>", "<dst>", "--all", "--platform", "--referrers"]),
        (["push"], ["<layout>", "<ref>", "--referrers"]), (["pull"], ["<ref>", "<layout>", "--referrers"]),
        (["tags"], ["<repo>"]), (["digest"], ["<ref>", "--platform"]), (["manifest", "get"], ["<ref>", "--platform"]),
        (["manifest", "put"], ["<ref>", "<file>", "--media-type"]), (["blob", "get"], ["<ref>", "--output"]),
        (["delete"], ["<ref>", "--manifest"]), (["login"], ["<registry>", "--username", "--password-stdin"]),
        (["logout"], ["<registry>"]),
    ]

    @Test(arguments: commands.indices)
    func `explains every command with its arguments`(position: Int) async throws {
        let (command, arguments) = Self.commands[position]
        let help = try await Tool.imgtool.run(command + ["--help"])
        #expect(help.status == 0)
        #expect(help.error == "")
        #expect(help.output.contains("USAGE: imgtool \(command.joined(separator: " "))"))
        for argument in arguments { #expect(help.output.contains(argument), "\(argument)") }
    }

    @Test func `lists the commands and the exit statuses`() async throws {
        let help = try await succeeds("--help")
        for (command, _) in Self.commands { #expect(help.contains("  \(command[0]) ")) }
        #expect(help.contains("130 interrupted"))
        #expect(try await succeeds("--version").contains("."))
    }

    @Test(arguments: [
        (["inspct", "x"], "did you mean inspect?"), (["crate", "x"], "did you mean create?"),
        (["frobnicate"], "imgtool --help"), (["--frob"], "--frob"), (["inspect"], "imgtool inspect --help"),
        (["inspect", "--raw", "--json", "x"], "--raw and --json exclude each other"),
        (["inspect", "--plaform", "linux/amd64", "x"], "there is no option --plaform, did you mean --platform?;"),
        (["build", "--plat=linux/arm64", "."], "there is no option --plat, did you mean --platform?;"),
        (["copy", "--plat", "linux/arm64", "a", "b"], "did you mean --platform?; see imgtool copy --help"),
        (["build", "--frobnicate", "."], "there is no option --frobnicate; see imgtool build --help"),
        (["store", "ls", "--form", "json"], "did you mean --format?; see imgtool store ls --help"),
        (["insp", "x"], "did you mean inspect?"), (["images"], "did you mean store ls?"),
        (["version"], "did you mean --version?"), (["-v"], "there is no option -v, did you mean --version?"),
        (
            ["--progress", "plain", "build", "."],
            "there is no option --progress before the command; see imgtool --help"
        ),
        (["store", "lst"], "there is no command \"store lst\", did you mean store ls?"),
        (["manifest", "frobnicate"], "there is no command \"manifest frobnicate\"; see imgtool manifest --help"),
        (["create", "x"], "--tag"),
        (["create", "-t", "x"], "no source"), (["create", "-t", "x", "--must-exist", "y"], "--append"),
        (["copy", "a"], "dst"), (["pull", "a", "b", "c"], "c"),
        (["copy", "--all", "--platform", "linux/amd64", "a", "b"], "--all and --platform"),
        (["copy", "--progress", "fancy", "a", "b"], "fancy"), (["inspect", "--attempts", "0", "x"], "--attempts"),
        (["inspect", "--key-file", "k", "x"], "--cert-file"),
    ])
    func `says what is wrong in one line`(words: [String], part: String) async throws {
        expectFailure(try await Tool.imgtool.run(words), 2, naming: part)
    }

    @Test func `writes nothing but results when all goes well and nobody watches`() async throws {
        let registry = try await RegistryServer.shared()
        let repo = try registry.repository(["v1": TestImage()])
        try await TemporaryFolder.with { folder in
            for mode in [["-q"], []] {
                let outcome = try await Tool.imgtool.run(["copy", "\(repo):v1", "oci:\(folder.file("l")):v1"] + mode)
                #expect(outcome.error == "")
                #expect(outcome.status == 0)
            }
            let plain = try await imgtool("copy", "--progress", "plain", "\(repo):v1", "oci:\(folder.file("m")):v1")
            #expect(plain.error.contains("done"), "\(plain.error)")
            let debug = try await imgtool("digest", "--debug", "\(repo):v1")
            #expect(debug.error.contains("HEAD"))
            #expect(debug.output == "\(TestImage().digest)\n")
        }
    }
}
