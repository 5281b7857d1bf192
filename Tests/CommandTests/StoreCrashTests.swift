import Foundation
import JSON
import OCI
import TestKit
import Testing

/// Commands on one store that are killed at random moments.
///
/// `IMGTOOL_CRASH_ROUNDS` says how many rounds there are; three commands run in each.
@Suite("A store whose users are killed")
struct StoreCrashTests {
    /// What a name may stand for: `nil` for nothing.
    private typealias Held = Set<Digest?>

    private struct Operation {
        let words: [String]
        let name: String
        /// What the name stands for once the command has succeeded; `nil` when it changes no name.
        let outcome: Held?
    }

    private static let rounds = ProcessInfo.processInfo.environment["IMGTOOL_CRASH_ROUNDS"].flatMap(Int.init) ?? 20

    private static let images = (0..<4).map { number in
        TestImage(layers: [
            TestLayer(opaque: bigBlob(300_000, seed: 1)), TestLayer(opaque: bigBlob(700_000, seed: UInt64(2 + number))),
        ])
    }

    @Test(.timeLimit(.minutes(10)))
    func `loses no image that was acknowledged, and is never damaged`() async throws {
        let index = TestIndex([Self.images[0], Self.images[1]])
        try await StoreScene.with { scene in
            let layout = try TestLayout(
                in: scene.folder, ["0": Self.images[0], "1": Self.images[1], "2": Self.images[2], "all": index])
            let sources: [(tag: String, digest: Digest)] =
                (0..<3).map { ("\($0)", Self.images[$0].digest) } + [("all", index.digest)]
            var held: [String: Held] = [:]
            for round in 0..<Self.rounds {
                let operations = (0..<3).map { place in
                    operation("docker.io/library/app\(place + 3 * Int.random(in: 0..<2)):1", sources, layout.path)
                }
                let ended = try await withThrowingTaskGroup(of: (Operation, Bool).self) { group in
                    for operation in operations {
                        let delay = Int.random(in: 0..<60)
                        group.addTask { (operation, try await Self.run(operation.words, for: delay, in: scene)) }
                    }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                for (operation, hasSucceeded) in ended {
                    guard let outcome = operation.outcome else { continue }
                    held[operation.name] = hasSucceeded ? outcome : outcome.union(held[operation.name] ?? [nil])
                }
                let check = try await scene.run("store", "check", "-q")
                #expect(check.status == 0, "round \(round): \(check.output)\(check.error)")
                let names = try await names(in: scene)
                for (name, digests) in held {
                    #expect(digests.contains(names[name]), "round \(round): \(name) is \(names[name] as Any)")
                    held[name] = [names[name]]
                }
                if check.status != 0 { return }
            }
            try await scene.succeeds("store", "gc", "--grace", "0")
            #expect(scene.folder.names(in: "store").filter { $0.hasPrefix(".") } == [])
            #expect(try await scene.run("store", "check", "-q").output == "")
        }
    }

    private func operation(_ name: String, _ sources: [(tag: String, digest: Digest)], _ layout: String) -> Operation {
        let (tag, digest) = sources[Int.random(in: 0..<sources.count)]
        return switch Int.random(in: 0..<8) {
        case 0: Operation(words: ["store", "gc", "--grace", "0"], name: name, outcome: nil)
        case 1: Operation(words: ["store", "gc"], name: name, outcome: nil)
        case 2, 3: Operation(words: ["store", "rm", name], name: name, outcome: [nil])
        case 4:
            Operation(
                words: ["create", "-t", "store:\(name)", "oci:\(layout):all"], name: name,
                outcome: [sources.last?.digest])
        default:
            Operation(words: ["copy", "oci:\(layout):\(tag)", "store:\(name)"], name: name, outcome: [digest])
        }
    }

    /// Runs the program and kills it after so many milliseconds, unless it has ended.
    ///
    /// - Returns: Whether it succeeded.
    private static func run(_ words: [String], for delay: Int, in scene: StoreScene) async throws -> Bool {
        let script = #"delay=$1; shift; "$@" & sleep "$delay"; kill -9 $! 2>/dev/null; wait $!"#
        let outcome = try await Tool("bash").run(
            ["-c", script, "bash", "\(Double(delay) / 1000)", Tool.imgtool.program] + words,
            environment: ["IMGTOOL_STORE": scene.path])
        // Nothing was to be removed, or somebody has removed what was being copied; nothing else may go wrong.
        let isExpected = [0, 3, 137].contains(outcome.status)
        #expect(isExpected, "\(words): \(outcome.status) \(outcome.error)")
        return outcome.status == 0
    }

    private func names(in scene: StoreScene) async throws -> [String: Digest] {
        let json = try JSONValue(parsing: try await scene.run("store", "ls", "--format", "json").outputBytes)
        return Dictionary(
            uniqueKeysWithValues: try (json.array ?? []).map { image in
                (image["name"]?.string ?? "", try Digest(image["digest"]?.string ?? ""))
            })
    }
}
