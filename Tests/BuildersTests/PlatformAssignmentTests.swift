import Builders
import OCI
import Testing

@Suite("Platforms are assigned to nodes")
struct PlatformAssignmentTests {
    private typealias Candidate = PlatformAssignment.Candidate

    /// A node, written as `NAME[!declared…][=native…][~emulated…][#load]`.
    private static func candidate(_ text: String) throws -> Candidate {
        var parts: [Character: [Platform]] = [:]
        var load = 0
        let words = text.split(separator: " ")
        for word in words.dropFirst() {
            guard let mark = word.first else { continue }
            if mark == "#" {
                load = Int(word.dropFirst()) ?? 0
            } else {
                parts[mark, default: []].append(try Platform(parsing: "linux/\(word.dropFirst())").normalized)
            }
        }
        return Candidate(
            name: String(words[0]), declared: parts["!"] ?? [], native: parts["="] ?? [], emulated: parts["~"] ?? [],
            load: load)
    }

    private static func assign(_ platforms: String, _ nodes: [String]) throws -> String {
        let wanted = try platforms.split(separator: " ").map { try Platform(parsing: "linux/\($0)").normalized }
        let assigned = try PlatformAssignment.assign(wanted, to: nodes.map(candidate), of: "b")
        return assigned.map { "\($0.platform.description.dropFirst(6)) \(nodes[$0.node].prefix(1)) \($0.fit)" }
            .joined(separator: ", ")
    }

    @Test(
        "by declaration, then natively, then emulated, then by load",
        arguments: [
            ("amd64", ["a =amd64"], "amd64 a native"),
            ("amd64 arm64", ["a =amd64 ~arm64", "b =arm64"], "amd64 a native, arm64 b native"),
            ("arm64", ["a =amd64 ~arm64", "b =amd64 ~arm64"], "arm64 a emulated"),
            ("arm64", ["a =amd64 ~arm64", "b =amd64 !arm64"], "arm64 b declared"),
            ("arm64", ["a =arm64", "b =amd64 !arm64"], "arm64 b declared"),
            ("amd64", ["a =amd64 !arm64", "b =amd64"], "amd64 b native"),
            ("amd64 386", ["a =amd64 =386", "b =amd64 =386"], "amd64 a native, 386 b native"),
            ("amd64", ["a =amd64 #2", "b =amd64 #1"], "amd64 b native"),
            ("amd64 arm64", ["a =amd64 =arm64", "b =amd64"], "amd64 b native, arm64 a native"),
            ("arm64", ["a =amd64 ~arm64 #0", "b =arm64 #9"], "arm64 b native"),
            ("arm/v7", ["a =amd64 ~arm/v7", "b =arm64 =arm/v7"], "arm/v7 b native"),
            ("arm64", ["a !arm64 #1", "b !arm64"], "arm64 b declared"),
            ("arm64/v8", ["a !arm64"], "arm64 a declared"),
            ("", ["a =amd64"], ""),
        ])
    func table(platforms: String, nodes: [String], expected: String) throws {
        #expect(try Self.assign(platforms, nodes) == expected)
    }

    @Test(
        "with an error that names what each node has, where there is none",
        arguments: [
            (
                "s390x", ["a =amd64 ~arm64", "b =arm64 !arm64"],
                "a has linux/amd64, linux/arm64; b has linux/arm64 by declaration"
            ),
            ("amd64", ["b =amd64 !arm64"], "b has linux/arm64 by declaration"),
            ("amd64 riscv64", ["a"], "a has none"),
        ])
    func missing(platforms: String, nodes: [String], lists: String) throws {
        let error = #expect(throws: ImageError.self) { try Self.assign(platforms, nodes) }
        #expect(error?.code == .notFound)
        #expect(error?.description.hasSuffix("no node of the builder b has it; \(lists)") == true, "\(error as Any)")
    }

    @Test func `as native where the processor of the node is the first that BuildKit reports`() throws {
        let reported = try ["linux/amd64", "linux/amd64/v2", "linux/386", "linux/arm64", "linux/arm/v7"].map {
            try Platform(parsing: $0)
        }
        let candidate = Candidate(name: "a", declared: [], reported: reported)
        #expect(candidate.native.map(\.description) == ["linux/amd64", "linux/amd64/v2", "linux/386"])
        #expect(candidate.emulated.map(\.description) == ["linux/arm64", "linux/arm/v7"])
        let arm = Candidate(name: "a", declared: [], reported: [reported[3], reported[4], reported[0]])
        #expect(arm.native.map(\.description) == ["linux/arm64", "linux/arm/v7"])
    }
}
