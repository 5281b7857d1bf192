import Foundation
import Testing

/// The inputs in testdata/fuzz: samples that the fuzzer starts with, and everything that it has found.
@Suite("Every input of the fuzzer", .serialized)
struct FuzzCorpusTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "testdata/fuzz").path

    @Test("is read, refused or shown, and breaks no promise", arguments: FuzzTarget.allCases)
    func corpus(_ target: FuzzTarget) async throws {
        let folder = "\(Self.folder)/\(target.rawValue)"
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(!names.isEmpty)
        for name in names {
            let bytes = try #require(FileManager.default.contents(atPath: "\(folder)/\(name)"))
            do { try await target.test(Array(bytes)) } catch { Issue.record("\(target.rawValue)/\(name): \(error)") }
        }
    }

    @Test func `is of a target that there is`() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder)
        let targets = Set(names.map { $0.hasSuffix(".dict") ? String($0.dropLast(5)) : $0 }).subtracting(["run"])
        #expect(targets == Set(FuzzTarget.allCases.map(\.rawValue)))
    }
}
