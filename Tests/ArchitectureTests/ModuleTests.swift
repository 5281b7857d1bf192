import Testing

@Suite("Every module")
struct ModuleTests {
    /// What is not a module of this project, and not in the table: the C library, and a part of `Subprocess` that has a
    /// module of its own.
    private static let outside: Set<String> = ["Glibc", "SystemPackage"]

    @Test func `is in the table and in the package, with the same modules to use`() throws {
        let documented = Dictionary(uniqueKeysWithValues: try Plan.documented().map { ($0.name, $0.uses) })
        let declared = Dictionary(uniqueKeysWithValues: try Plan.declared().map { ($0.name, $0.uses) })
        #expect(Set(documented.keys) == Set(declared.keys))
        #expect(Set(documented.keys) == Set(try SourceTree.names(in: "Sources")))
        for (name, uses) in documented {
            #expect(uses.sorted() == declared[name]?.sorted(), "\(name)")
        }
    }

    @Test func `imports what the table says and nothing else`() throws {
        for module in try Plan.documented() where !module.name.hasPrefix("C") || module.name == "Concurrency" {
            let files = SourceTree.sources.filter { $0.module == module.name }
            let imported = Set(files.flatMap(\.imports)).subtracting(Self.outside)
            #expect(imported.sorted() == module.uses.sorted(), "\(module.name)")
        }
    }

    @Test func `uses only modules below it`() throws {
        var above: Set<String> = []
        for module in try Plan.documented() {
            above.insert(module.name)
            #expect(module.uses.intersection(above) == [], "\(module.name)")
        }
    }

    @Test func `has a name that no type inside it has`() {
        for file in SourceTree.sources {
            let declaration = try? Regex("(struct|class|enum|actor|protocol|typealias) \(file.module)\\b")
            #expect(declaration.map { file.text.contains($0) } == false, "\(file)")
        }
    }
}
