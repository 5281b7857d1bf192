import Foundation
import OCI
import Snapshots
import TestKit
import Testing

@Suite("What is remembered of files")
struct FileDigestsTests {
    private static func hex(_ hash: ContentHash) -> String { hash.bytes.map { String(format: "%02x", $0) }.joined() }

    /// Lets the clock of the file system go on, so that what was written before counts as settled.
    private static func settle() async throws { try await Task.sleep(for: .milliseconds(80)) }

    @Test("is the SHA-256 of their content", arguments: [0, 1, 512 << 10, (1 << 20) + 17])
    func hashes(size: Int) async throws {
        try await LayerScene.with { scene in
            let content = bigBlob(size)
            let file = try scene.folder.write("file", content)
            #expect(Self.hex(try scene.digests().digest(of: file)) == Digest(of: content).hex)
        }
    }

    /// What happens to the file, and whether it is read again then.
    @Test(
        "is forgotten when they change, and not when they do not",
        arguments: [
            ("true", false), ("cat file", false), ("touch -a file", true), ("touch file", true),
            ("chmod 600 file", true),
            ("mv file other; mv other file", true), ("cp -p file copy; mv copy file", true),
            ("printf else > file; touch -d @1000000000 file", true),
        ])
    func forgetting(change: String, isReadAgain: Bool) async throws {
        try await LayerScene.with { scene in
            let file = try scene.folder.write("file", text: "text")
            try await scene.shell("touch -d @1000000000 file")
            try await Self.settle()
            let before = scene.digests()
            _ = try before.digest(of: file)
            try before.save()
            try await scene.shell(change)
            let content = try scene.folder.bytes("file")
            try await Self.settle()
            let after = scene.digests()
            #expect(Self.hex(try after.digest(of: file)) == Digest(of: content).hex)
            // What was read is written down again.
            let record = try scene.folder.bytes("record")
            try after.save()
            #expect((try scene.folder.bytes("record") != record) == isReadAgain)
        }
    }

    @Test("leaves out those that may change again without a trace")
    func racy() async throws {
        try await LayerScene.with { scene in
            let digests = scene.digests()
            _ = try digests.digest(of: scene.folder.write("file", text: "now"))
            try digests.save()
            #expect(!scene.folder.has("record"))
        }
    }

    @Test("is worth nothing once it is damaged", arguments: [0, 30, 60, 100])
    func damage(position: Int) async throws {
        try await LayerScene.with { scene in
            let file = try scene.folder.write("file", text: "text")
            try await Self.settle()
            let before = scene.digests()
            _ = try before.digest(of: file)
            try before.save()
            var record = try scene.folder.bytes("record")
            record[position] ^= 1
            try scene.folder.write("record", record)
            #expect(Self.hex(try scene.digests().digest(of: file)) == Digest(of: Array("text".utf8)).hex)
        }
    }

    @Test("is of regular files alone", arguments: ["link", "folder", "pipe", "missing"])
    func others(name: String) async throws {
        try await LayerScene.with { scene in
            try await scene.shell("echo > file; ln -s file link; mkdir folder; mkfifo pipe")
            #expect(throws: ImageError.self) { try scene.digests().digest(of: scene.path(name)) }
        }
    }
}
