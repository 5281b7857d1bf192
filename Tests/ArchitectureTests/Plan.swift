/// Which module may use which others.
enum Plan {
    struct Module: Sendable {
        let name: String
        let uses: Set<String>
    }

    /// The table of docs/architecture.md, from the door down.
    static func documented() throws -> [Module] {
        let rows = try SourceTree.text("docs/architecture.md").split(separator: "\n").compactMap { line in
            line.wholeMatch(of: /\| `(\w+)` \| .* \| (.*) \|/)
        }
        return rows.map { row in
            Module(name: String(row.1), uses: Set(row.2.matches(of: /`(\w+)`/).map { String($0.1) }))
        }
    }

    /// What Package.swift says.
    static func declared() throws -> [Module] {
        let text = try SourceTree.text("Package.swift")
        let modules = text.matches(of: /module\(\s*"(\w+)",\s*uses: \[([^\]]*)\]/).map {
            Module(name: String($0.1), uses: names(in: $0.2))
        }
        let program = text.matches(of: /\.executableTarget\(\s*name: "(\w+)",\s*dependencies: \[([^\]]*)\](?!, path)/)
            .map {
                Module(name: String($0.1), uses: names(in: $0.2))
            }
        let withoutLogic = text.matches(of: /cModule\(\s*"(C\w+)"/).map {
            Module(name: String($0.1), uses: [])
        }
        return program + modules + withoutLogic
    }

    private static func names(in list: Substring) -> Set<String> {
        let targets = list.matches(of: /"(\w+)"/).map { String($0.1) }
        let products = list.matches(of: /(?:^|[\s,])(subprocess|argumentParser)/).map { match in
            match.1.prefix(1).uppercased() + match.1.dropFirst()
        }
        return Set(targets + products)
    }
}
