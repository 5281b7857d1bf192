import JSON
import OCI
import TestKit
import Testing

@Suite("Builders on the command line")
struct BuilderCommandTests {
    @Test func `are created once, with names in lower case`() async throws {
        let home = try BuilderHome()
        #expect(try await home.builder("create", "--name", "B", "--driver", "remote", "unix:///none") == "b")
        let again = try await home.run(["builder", "create", "--name", "b", "--driver", "remote", "unix:///other"])
        expectFailure(again, 2, naming: "it exists", "--append adds a node")
        #expect(try await home.builder("create", "--name", "b", "--node", "b0", "unix:///other") == "b")
        #expect(try await home.builder("inspect", "-q", "B").lines.contains("Endpoint: unix:///other"))
    }

    @Test func `have nodes of several kinds`() async throws {
        let home = try BuilderHome()
        try await home.builder("create", "--use", "mixed")
        try await home.builder(
            "create", "--append", "--name", "mixed", "--driver", "remote", "--platform", "arm64", "unix:///none")
        let table = try await home.builder("ls", "-q")
        let lines = table.lines
        #expect(lines.count == 6, "\(table)")
        #expect(lines[0] == "NAME/NODE     DRIVER/ENDPOINT    STATUS      BUILDKIT   PLATFORMS")
        #expect(lines[1] == "mixed*        imgtool, remote")
        #expect(lines[2].hasPrefix(#" \_ mixed0     \_ this machine   running     0.1.0      linux/"#))
        #expect(lines[3] == #" \_ mixed1     \_ unix:///none   not there              linux/arm64*"#)
        #expect(lines[4] == "default       imgtool")
        #expect(try await home.builder("ls", "-q", "--format", "{{.Name}} {{.Status}}").lines.last == "default running")
        let assigned = try await home.builder("inspect", "--platform", "linux/arm64,\(Platform.host)")
        #expect(
            assigned.lines == [
                "PLATFORM      NODE      ENDPOINT       HOW", "linux/arm64   mixed1    unix:///none   declared",
                "\("\(Platform.host)".padding(12))  mixed0    this machine   native",
            ])
        let missing = try await home.run(["builder", "inspect", "--platform", "linux/s390x,windows/amd64"])
        expectFailure(
            missing, 3, naming: "no node of the builder mixed has it", "mixed1 has linux/arm64 by declaration")
        #expect(try await home.builder("create", "--name", "mixed", "--leave", "--node", "mixed1") == "")
        #expect(
            try await home.builder("ls", "-q", "--format", "{{.Name}}").lines == [
                "mixed", "mixed0", "default", "default",
            ])
        #expect(try await home.builder("rm", "mixed") == "mixed")
        #expect(try await home.builder("ls").lines[1].hasPrefix("default*      "))
    }

    @Test func `are made by the first --append, with a note`() async throws {
        let home = try BuilderHome()
        let outcome = try await home.run(["builder", "create", "--append", "--name", "new", "--driver", "imgtool"])
        #expect(outcome.status == 0 && outcome.output == "new\n")
        #expect(outcome.error == "imgtool: there was no builder new, so it has been created\n")
    }

    @Test func `get a random name without one`() async throws {
        let home = try BuilderHome()
        let names = [try await home.builder("create"), try await home.builder("create")]
        for name in names { #expect(name.wholeMatch(of: /[a-z]+_[a-z]+/) != nil, "\(name)") }
        #expect(names[0] != names[1])
    }

    @Test(
        "are refused in one line where they cannot be",
        arguments: [
            (["create", "--name", "default"], 2, "it is the engine of imgtool"),
            (["create", "--name", "a b"], 2, "a name starts with a letter"),
            (["create", "--append"], 2, "name it with --name"),
            (["create", "--leave", "--name", "x"], 2, "--leave needs the builder in --name, and the node in --node"),
            (["create", "--driver", "cloud"], 2, "--driver is one of"),
            (["create", "--driver", "remote"], 2, "it is missing"),
            (["create", "--driver", "docker", "none"], 3, ""),
            (["create", "--name", "x", "none"], 3, "docker context ls"),
            (["create", "tcp://h"], 2, "the port is missing"), (["create", "--platform", "a/b/c/d"], 2, "a/b/c/d"),
            (["create", "--driver", "remote", "--driver-opt", "\"a", "unix:///x"], 2, "a quoted value is not closed"),
            (["create", "--driver", "remote", "--driver-opt", "a=b", "unix:///x"], 2, "has no such option"),
            (["create", "--driver", "remote", "--buildkitd-flags", "--x", "unix:///x"], 2, "it is not created"),
            (["use", "none"], 3, "there is no such builder"), (["inspect", "none"], 3, "there is no such builder"),
            (["stop", "none"], 3, "there is no such builder"), (["rm", "none"], 3, "there is no such builder"),
            (["rm", "default"], 2, "it is the engine of imgtool"),
            (["rm", "--all-inactive", "x"], 2, "takes no names"),
            (["du", "--builder", "none"], 3, "there is no such builder"), (["ls", "--format", "{{"], 2, "--format"),
            (["prune", "--builder", "none"], 3, "there is no such builder"), (["frob"], 2, "builder frob"),
        ])
    func refusals(words: [String], status: Int, reason: String) async throws {
        let home = try BuilderHome()
        let outcome = try await home.run(["builder"] + words)
        if words.contains("docker"), words.contains("none") {
            // A word that is no context is the builder's name.
            return #expect(outcome.output == "none\n")
        }
        expectFailure(outcome, status, naming: reason)
        #expect(home.folder.files().filter { $0.hasSuffix("json") } == [])
    }

    @Test func `lose no node when many processes add one`() async throws {
        let home = try BuilderHome()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<12 {
                group.addTask {
                    try await home.builder(
                        "create", "--append", "-q", "--name", "b", "--driver", "remote", "unix:///\(number)")
                }
            }
            try await group.waitForAll()
        }
        let text = try home.folder.text(".config/imgtool/builders/b.json")
        let nodes = try JSONValue(parsing: text.utf8)["Nodes"]?.array ?? []
        #expect(Set(nodes.compactMap { $0["Name"]?.string }) == Set((0..<12).map { "b\($0)" }))
        #expect(home.folder.names(in: ".config/imgtool/builders") == ["b.json"])
    }

    @Test func `are not changed by a process that is killed`() async throws {
        let home = try BuilderHome()
        try await home.builder("create", "--name", "b")
        let before = try home.folder.text(".config/imgtool/builders/b.json")
        let holder = try LockHolder(of: home.folder.file(".config/imgtool/builders"))
        await #expect(throws: TestKitError.self) {
            try await Tool.imgtool.run(
                ["builder", "create", "--append", "--name", "b", "unix:///x"], home: home.folder,
                timeout: .milliseconds(500))
        }
        #expect(try home.folder.text(".config/imgtool/builders/b.json") == before)
        // Reading waits for nobody.
        #expect(try await home.builder("ls", "-q").lines.count == 5)
        holder.kill()
        try await home.builder("create", "--append", "--name", "b", "unix:///x")
    }

    @Test func `that hang are given three seconds, all at once`() async throws {
        let home = try BuilderHome()
        let silent = try [SilentServer(), SilentServer(), SilentServer()]
        for server in silent {
            try await home.builder(
                "create", "--append", "-q", "--name", "b", "--driver", "remote", "tcp://127.0.0.1:\(server.port)")
        }
        let outcome = try await home.run(["builder", "ls", "--format", "{{.Status}}"], isPatient: false)
        #expect(outcome.output.lines == ["no answer", "no answer", "no answer", "running"], "\(outcome.output)")
        #expect(outcome.error.lines.count == 3)
        #expect(outcome.error.contains("it did not answer within 3 seconds"))
        #expect(try await home.builder("rm", "b") == "b")
    }

    @Test func `of docker contexts have their names`() async throws {
        let home = try BuilderHome()
        let name = "ctx"
        try home.folder.write(
            ".docker/contexts/meta/\(Digest(of: Array(name.utf8)).hex)/meta.json",
            text: #"{"Name":"ctx","Metadata":{},"Endpoints":{"docker":{"Host":"unix:///none"}}}"#)
        #expect(
            try await home.builder("ls", "-q", "--format", "{{.Name}} {{.DriverEndpoint}} {{.Status}}").lines
                == ["default imgtool ", "default this machine running", "ctx docker ", "ctx ctx not there"])
        #expect(try await home.builder("create", "--name", "b", "ctx") == "b")
        #expect(
            try await home.builder("ls", "-q", "--format", "{{.DriverEndpoint}}").lines.prefix(2) == ["docker", "ctx"])
        try await home.builder("use", "ctx")
        #expect(try await home.builder("inspect", "-q").lines.first == "Name:   ctx")
    }

    @Test func `of docker buildx are selected as there, by the commands of buildx`() async throws {
        let home = try BuilderHome()
        try home.folder.write(
            ".docker/buildx/instances/far",
            text: #"{"Name":"far","Driver":"remote","Nodes":[{"Name":"far0","Endpoint":"unix:///x"}]}"#)
        try home.folder.write(
            ".docker/buildx/current", text: #"{"Key":"unix:///var/run/docker.sock","Name":"far","Global":false}"#)
        try home.folder.write("context/Dockerfile", text: "FROM scratch\n")
        #expect(try await home.run(["buildx", "ls", "-q"]).output.contains("\nfar*  "))
        #expect(try await home.builder("ls", "-q").contains("\nfar  "))
        let build = try await home.run(["buildx", "build", home.folder.file("context")])
        #expect(build.status == 1)
        #expect(build.error.contains("imgtool: cannot connect to the node far0 at unix:///x: "), "\(build.error)")
        #expect(
            try await home.run(["buildx", "--builder", "default", "inspect"]).output.lines.first == "Name:   default")
        #expect(try await home.run(["buildx", "rm", "-f", "far"]).error.contains("it belongs to docker buildx"))
        _ = try await home.run(["buildx", "use", "default"])
        #expect(try await home.run(["buildx", "inspect"]).output.lines.first == "Name:   default")
        #expect(try await home.run(["buildx", "imagetools", "inspect", "oci:none"]).status == 3)
        #expect(try await home.run(["buildx", "prune", "--all", "-f"]).status == 0)
        #expect(try await home.run(["buildx", "du"]).output == home.run(["build", "du"]).output)
    }
}

extension String {
    fileprivate func padding(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
