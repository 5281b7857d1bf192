import Archive
import OCI
import Snapshots
import TestKit
import Testing

@Suite("The digest of a layer's content")
struct LayerDigestTests {
    private static func content() throws -> LayerContent {
        let attribute = TarEntry.Attribute("user.note", [1])
        return try LayerContent([
            .init(TarPath("a"), .folder(isOpaque: false), mode: 0o755),
            .init(TarPath("a/file"), .file(.bytes([1, 2])), mode: 0o644, uid: 1, attributes: [attribute]),
            .init(TarPath("b"), .symbolicLink([0x61]), mode: 0o777),
            .init(TarPath("c"), .characterDevice(major: 1, minor: 3), mode: 0o600),
            .init(TarPath("d"), .hardLink(TarPath("a/file")), mode: 0o644),
            .init(TarPath("e"), .whiteout, mode: 0),
        ])
    }

    typealias Change = @Sendable (inout LayerContent) throws -> Void

    private static let meaningless: [(String, Change)] = [
        (
            "a time that is not content",
            {
                $0.entries[1].modified = 7; $0.entries[1].nanoseconds = 8
            }
        ),
        ("the order", { $0.entries.reverse() }),
        ("the mode of a link", { $0.entries[2].mode = 0o755 }),
        ("what a hard link says of its file", { $0.entries[4].mode = 0o600 }),
        ("what a whiteout says of itself", { $0.entries[5].uid = 5 }),
        ("labels of this machine", { $0.entries[1].attributes.append(.init("security.selinux", [1])) }),
        ("what overlayfs notes down", { $0.entries[0].attributes.append(.init("trusted.overlay.origin", [1])) }),
    ]

    private static let meaningful: [(String, Change)] = [
        ("a name", { $0.entries[1].path = try TarPath("a/fild") }),
        ("content", { $0.entries[1].kind = .file(.bytes([1, 3])) }),
        ("a mode", { $0.entries[1].mode = 0o4644 }),
        ("a user", { $0.entries[1].uid = 2 }),
        ("a group", { $0.entries[1].gid = 2 }),
        ("the value of an attribute", { $0.entries[1].attributes = [.init("user.note", [2])] }),
        ("the name of an attribute", { $0.entries[1].attributes = [.init("user.nota", [1])] }),
        ("a capability", { $0.entries[1].attributes.append(.init("security.capability", [1])) }),
        ("a link", { $0.entries[2].kind = .symbolicLink([0x62]) }),
        ("a device", { $0.entries[3].kind = .characterDevice(major: 1, minor: 5) }),
        ("the kind of a device", { $0.entries[3].kind = .blockDevice(major: 1, minor: 3) }),
        ("a hard link that is a copy", { $0.entries[4].kind = .file(.bytes([1, 2])) }),
        ("a time that becomes content", { $0.entries[1].isTimeContent = true }),
        ("a folder that hides", { $0.entries[0].kind = .folder(isOpaque: true) }),
        ("a whiteout less", { $0.entries.removeLast() }),
    ]

    @Test("does not depend on", arguments: meaningless.indices)
    func staysTheSame(number: Int) async throws {
        try await LayerScene.with { scene in
            var content = try Self.content()
            let digest = try content.digest(with: scene.digests())
            try Self.meaningless[number].1(&content)
            #expect(try content.digest(with: scene.digests()) == digest, "\(Self.meaningless[number].0)")
        }
    }

    @Test("differs with", arguments: meaningful.indices)
    func differs(number: Int) async throws {
        try await LayerScene.with { scene in
            var content = try Self.content()
            let digest = try content.digest(with: scene.digests())
            try Self.meaningful[number].1(&content)
            #expect(try content.digest(with: scene.digests()) != digest, "\(Self.meaningful[number].0)")
        }
    }

    @Test("is the same wherever the bytes of a file are")
    func places() async throws {
        try await LayerScene.with { scene in
            var content = try Self.content()
            let digest = try content.digest(with: scene.digests())
            content.entries[1].kind = .file(.file(try scene.folder.write("x", [1, 2]), size: 2))
            #expect(try content.digest(with: scene.digests()) == digest)
            content.entries[1].kind = .file(.file(scene.path("x"), size: 3))
            #expect(throws: ImageError.self) { try content.digest(with: scene.digests()) }
        }
    }

    @Test("differs with a time that is content, and with the instruction")
    func timesAndInstruction() async throws {
        try await LayerScene.with { scene in
            var content = try Self.content()
            content.entries[0].isTimeContent = true
            var digests = [try content.digest(with: scene.digests())]
            digests.append(try content.digest(with: scene.digests(), madeBy: Digest(of: [1])))
            digests.append(try content.digest(with: scene.digests(), madeBy: Digest(of: [2])))
            content.entries[0].modified = 1
            digests.append(try content.digest(with: scene.digests()))
            content.entries[0].nanoseconds = 1
            digests.append(try content.digest(with: scene.digests()))
            #expect(Set(digests).count == digests.count)
        }
    }

    @Test("is the one that earlier versions have made, since caches are full of it")
    func version() async throws {
        try await LayerScene.with { scene in
            let digest = try Self.content().digest(with: scene.digests())
            #expect(digest.hex == "8376c95243779cfe4b6052be8b189edec7fa7efc35668ff02b1c14ed83217209")
        }
    }
}
