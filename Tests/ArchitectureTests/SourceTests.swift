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

    @Test func `leaves printing and exiting to the program's own room`() {
        let pattern = /(?:^|[^\w.])(?:print|debugPrint|puts|fputs|exit|_exit|abort)\(/
        for file in SourceTree.sources where file.room != "imgtool" {
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

    @Test func `is named after what it holds`() {
        for file in SourceTree.sources {
            let name = file.path.split(separator: "/").last ?? ""
            #expect(!name.contains(/Utils|Utilities|Helpers?|Manager/), "\(file)")
        }
    }
}

@Suite("The project")
struct ProjectTests {
    @Test func `shows at its top only what belongs there`() throws {
        let visible = try SourceTree.names(in: "").filter { !$0.hasPrefix(".") && $0 != "Package.resolved" }
        let expected = [
            "LICENSE", "Makefile", "Package.swift", "README.md", "SECURITY.md", "Sources", "Tests", "docs", "testdata",
        ]
        #expect(visible.sorted() == expected)
    }
}
