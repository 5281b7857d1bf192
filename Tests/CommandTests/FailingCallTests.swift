import Foundation
import Glibc
import OCI
import TestKit
import Testing

/// Commands of which one call of the system after the other fails; `scripts/stress/crashes` does this to more of them.
@Suite("A command with a call of the system that fails", .timeLimit(.minutes(4)))
struct FailingCallTests {
    private static let source = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "scripts/stress/faults.c").path

    /// Makes the library that lets calls fail, to be preloaded into the program.
    private static func makeLibrary(in folder: TemporaryFolder) async throws -> String {
        // Where there is no other compiler, there is that of Swift's toolchain.
        let script = """
            compiler=$(command -v cc || echo "$(dirname "$(readlink -f "$(command -v swift)")")/clang")
            "$compiler" -shared -fPIC -o "$0" "$1" -ldl
            """
        try await Tool("sh").output("-euc", script, folder.file("faults.so"), source)
        return folder.file("faults.so")
    }

    /// Runs the program; the calls in a range that concern files of a folder fail with a code.
    ///
    /// - Returns: The outcome, and the number of such calls.
    private func run(
        _ words: [String], failing range: ClosedRange<Int>, with code: Int32, in folder: TemporaryFolder,
        by library: String
    ) async throws -> (outcome: Tool.Outcome, calls: Int) {
        try await TemporaryFolder.with { counter in
            let variables = [
                "LD_PRELOAD": library, "FAULT_FOLDER": folder.path,
                "FAULT_FROM": "\(range.lowerBound)", "FAULT_TO": "\(range.upperBound)", "FAULT_ERROR": "\(code)",
                "FAULT_COUNT": counter.file("count"), "IMGTOOL_STORE": folder.file("store"),
            ]
            let outcome = try await Tool.imgtool.run(words, environment: variables)
            return (outcome, try counter.bytes("count").count)
        }
    }

    private struct Failure: Sendable {
        let code: Int32
        /// True if all later calls fail, too.
        let lasts: Bool
        let text: String
    }

    private static let failures = [
        Failure(code: EIO, lasts: false, text: "Input/output error"),
        Failure(code: ENOSPC, lasts: true, text: "no space is left on its device"),
        Failure(code: EROFS, lasts: true, text: "its file system is read-only"),
        Failure(code: EMFILE, lasts: false, text: "Too many open files"),
    ]

    @Test("says in one line which, leaves nothing half made, and completes when it is run again", arguments: 0..<4)
    func failing(number: Int) async throws {
        let failure = Self.failures[number]
        let images = (0..<2).map { TestImage(layers: [TestLayer(opaque: bigBlob(400_000, seed: UInt64($0 + 1)))]) }
        let index = TestIndex(images)
        let tools = try TemporaryFolder()
        let library = try await Self.makeLibrary(in: tools)
        try await TemporaryFolder.with { folder in
            let layout = try TestLayout(in: folder, ["v1": index])
            let words = ["copy", "--progress", "quiet", "oci:\(layout.path):v1", "store:app:1"]
            let forget = { try? FileManager.default.removeItem(atPath: folder.file("store")) }
            let (undisturbed, calls) = try await run(words, failing: 0...0, with: 0, in: folder, by: library)
            #expect(undisturbed.status == 0 && calls > 50, "\(undisturbed.error)")
            // A different part of the calls in each run of the tests.
            for call in stride(from: Int.random(in: 1...9), through: calls, by: 9) {
                forget()
                let (outcome, _) = try await run(
                    words, failing: call...(failure.lasts ? .max : call), with: failure.code, in: folder, by: library)
                if outcome.status == 0 {
                    #expect(outcome.output == undisturbed.output)
                } else {
                    expectFailure(outcome, 1, naming: failure.text)
                }
                if folder.has("store/index.json") {
                    let (check, _) = try await run(
                        ["store", "check", "-q"], failing: 0...0, with: 0, in: folder, by: library)
                    #expect(check.status == 0, "call \(call): \(check.output)\(check.error)")
                }
                let (again, _) = try await run(words, failing: 0...0, with: 0, in: folder, by: library)
                #expect(again.status == 0 && again.output == undisturbed.output, "call \(call): \(again.error)")
            }
        }
        tools.remove()
    }
}
