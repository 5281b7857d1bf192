import Foundation
import TestKit
import Testing

@Suite("A build whose cache was damaged", .enabled(if: CacheScene.canBuild), .timeLimit(.minutes(2)))
struct DamagedCacheTests {
    private static let dockerfile = """
        FROM busybox
        COPY Dockerfile /
        RUN echo made > /made
        """

    private func built(_ body: (CacheScene, [String], String) async throws -> Void) async throws {
        try await CacheScene.with { scene in
            let build = try await scene.context("app", Self.dockerfile)
            try await body(scene, build, try await scene.build(build))
        }
    }

    private func removeLayout(_ scene: CacheScene) throws {
        try FileManager.default.removeItem(atPath: scene.folder.file("app.layout"))
    }

    @Test("completes when files of it are gone", arguments: [["layers"], ["blobs"], ["layers", "blobs"], ["images"]])
    func missing(parts: [String]) async throws {
        try await built { scene, build, digest in
            for part in parts {
                for name in scene.folder.names(in: "cache/\(part)") {
                    try FileManager.default.removeItem(atPath: scene.folder.file("cache/\(part)/\(name)"))
                }
            }
            try removeLayout(scene)
            #expect(try await scene.build(build) == digest)
        }
    }

    @Test func `completes when blobs were cut short`() async throws {
        try await built { scene, build, digest in
            for name in scene.folder.names(in: "cache/blobs") { try scene.folder.write("cache/blobs/\(name)", []) }
            try removeLayout(scene)
            #expect(try await scene.build(build) == digest)
        }
    }

    @Test func `refuses a blob that is not what its digest says, and the next one completes`() async throws {
        try await built { scene, build, digest in
            for name in scene.folder.names(in: "cache/blobs") {
                let bytes = try scene.folder.bytes("cache/blobs/\(name)")
                try scene.folder.write("cache/blobs/\(name)", bytes.dropLast() + [bytes[bytes.count - 1] ^ 1])
            }
            try removeLayout(scene)
            let outcome = try await scene.run(build)
            #expect(outcome.status == 5)
            #expect(outcome.error.hasSuffix("was damaged, and is removed; build again\n"))
            #expect(try await scene.build(build) == digest)
        }
    }

    @Test("says how to mend its index, and completes then", arguments: [0, 4096])
    func index(offset: Int) async throws {
        try await built { scene, build, digest in
            var bytes = try scene.folder.bytes("cache/cache.db")
            for place in offset..<bytes.count { bytes[place] = UInt8(truncatingIfNeeded: place &* 167) }
            try scene.folder.write("cache/cache.db", bytes)
            let outcome = try await scene.run(build)
            #expect(outcome.status == 1)
            #expect(outcome.error.contains("it is damaged; run imgtool build prune, which recreates it"))
            let mending = try await scene.imgtool("build", "prune")
            #expect(mending.status == 0)
            #expect(mending.error.contains("the index of the cache was damaged, and has been recreated"))
            #expect(try await scene.build(build) == digest)
        }
    }

    @Test func `completes when its index is gone`() async throws {
        try await built { scene, build, digest in
            try FileManager.default.removeItem(atPath: scene.folder.file("cache/cache.db"))
            #expect(try await scene.build(build) == digest)
        }
    }
}
