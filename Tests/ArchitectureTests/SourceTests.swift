import Testing

@Suite("Every source file")
struct SourceTests {
    @Test func `holds one idea in at most 350 lines`() {
        for file in SourceTree.sources + SourceTree.tests { #expect(file.lines.count <= 350, "\(file)") }
    }

    @Test func `does without Foundation`() {
        for file in SourceTree.sources {
            #expect(file.imports.filter { $0.hasPrefix("Foundation") } == [], "\(file)")
        }
    }

    @Test func `leaves printing and exiting to the program itself`() {
        let pattern = /(?:^|[^\w.])(?:print|debugPrint|puts|fputs|exit|_exit|abort)\(/
        for file in SourceTree.sources where file.module != "imgtool" {
            #expect(file.lines.filter { $0.contains(pattern) } == [], "\(file)")
        }
    }

    @Test func `says why where it takes checking out of the compiler's hands`() {
        for file in SourceTree.sources {
            let silent = file.lines.filter { $0.contains("@unchecked Sendable") && !$0.contains("//") }
            #expect(silent == [], "\(file)")
        }
    }

    @Test func `starts no task that nobody waits for`() {
        for file in SourceTree.sources { #expect(!file.text.contains("Task.detached"), "\(file)") }
    }

    @Test func `knows no machine, and leaves nothing to be done`() {
        let pattern = /\/(?:work|root|home)\/|\b(?:TODO|FIXME|XXX|HACK)\b/
        for file in SourceTree.sources { #expect(file.lines.filter { $0.contains(pattern) } == [], "\(file)") }
    }

    /// How often a file calls the system with a path that is the cache's own, or in the sandbox's own memory, or of what
    /// nobody changes any more and is not followed at its end, or this machine's own.
    private static let callsWithPaths = [
        "FileStamp": 1, "LayerFolder": 2, "LayerPacking": 1, "LayerStore": 5, "OpenFolder+Files": 1,
        "SourceFile": 1, "TreeRemoval": 1, "DeviceFolder": 2, "Emulators": 1, "ForeignProgram": 1, "MachineRecord": 1,
        "OCIRuntime+Find": 2, "OverlayMount": 1, "OverlaySupport": 2, "ProcessFiles": 1, "SandboxStreams": 1,
        "StepSetup": 1, "BuildNetwork": 2,
    ]

    private static var beneath: Regex<Substring> {
        /Sources\/(?:Executor|Snapshots\/Layers|FileSystem\/(?:OpenFolder|HeldFile|ExtendedAttributes))/
    }

    @Test func `that deals with what a step has left goes by descriptors, not by paths, which it may have changed`() {
        let calls =
            /(?:^|[^\w.`])(?:[fl]?stat|open|fopen|opendir|unlink|rmdir|mkdir|mkfifo|mknod|l?chown|chmod|utimes|readlink|access|rename|symlink|link|truncate|realpath)\([^)]|AT_FDCWD/
        for file in SourceTree.sources where file.path.contains(Self.beneath) {
            let found = file.lines.filter { line in
                line.contains(calls) && !line.contains(/\bfunc |^ *\/\/|\bfstat\(/)
            }
            let name = String(file.path.split(separator: "/").last?.dropLast(".swift".count) ?? "")
            #expect(found.count == Self.callsWithPaths[name] ?? 0, "\(file): \(found)")
        }
    }

    @Test func `is named after what it holds`() {
        for file in SourceTree.sources {
            let name = file.path.split(separator: "/").last ?? ""
            // "Credential helper" is docker's own word.
            let isTerm = name == "CredentialHelper.swift"
            #expect(isTerm || !name.contains(/Utils|Utilities|Helpers?|Manager/), "\(file)")
        }
    }
}

@Suite("The project")
struct ProjectTests {
    @Test func `shows at its top only what belongs there`() throws {
        let visible = try SourceTree.names(in: "").filter { !$0.hasPrefix(".") && $0 != "Package.resolved" }
        let allowed: Set = [
            "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "Package.swift", "README.md", "SECURITY.md",
            "Sources", "Tests", "docs", "examples", "scripts", "testdata",
        ]
        #expect(Set(visible).subtracting(allowed) == [])
    }
}
