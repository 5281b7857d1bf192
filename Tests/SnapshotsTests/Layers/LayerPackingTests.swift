import Archive
import Foundation
import OCI
import Snapshots
import TestKit
import Testing

@Suite("A packed layer")
struct LayerPackingTests {
    private static let tree = """
        mkdir -p d/e; echo a > d/e/file; chown 5:6 d/e/file; chmod 6755 d/e/file; ln d/e/file hard; ln -s d/e link
        mknod null c 1 3; mkfifo pipe; head -c 3000000 /dev/urandom > large; setcap cap_chown+ep d/e/file; touch empty
        mkdir -p "$(printf 'long%.0s' $(seq 40))"; touch -hd @1000000000 link large d/e d hard pipe null empty long*
        """

    @Test("is known by the digests of what other tools find", arguments: ["uncompressed", "gzip", "zstd"])
    func digests(name: String) async throws {
        try await LayerScene.with { scene in
            try await scene.shell(in: "tree", Self.tree)
            let packed = try LayerPacking.pack(
                LayerContent(upper: scene.path("tree")), to: scene.path("blob"),
                compression: LayerCompression(name: name))
            let tool = ["uncompressed": "cat", "gzip": "gzip -dc", "zstd": "zstd -dc"][name] ?? ""
            let found = try await scene.shell(
                "sha256sum < blob; \(tool) < blob | sha256sum; \(tool) < blob | wc -c; stat -c %s blob")
            let suffix = name == "uncompressed" ? "" : "+\(name)"
            #expect(packed.descriptor.mediaType == "application/vnd.oci.image.layer.v1.tar\(suffix)")
            #expect(
                found.lines == [
                    "\(packed.descriptor.digest.hex)  -", "\(packed.diffID.hex)  -", "\(packed.archiveSize)",
                    "\(packed.descriptor.size)",
                ])
        }
    }

    @Test("is unpacked by GNU tar, and by ourselves, to what it was made of")
    func roundTrip() async throws {
        try await LayerScene.with { scene in
            try await scene.shell(in: "tree", Self.tree)
            let content = try LayerContent(upper: scene.path("tree"))
            let packed = try LayerPacking.pack(content, to: scene.path("blob"))
            try await scene.shell(in: "theirs", "tar --xattrs --xattrs-include='*' -xpzf ../blob")
            #expect(try LayerContent(upper: scene.path("theirs")).lines == content.lines)
            try await scene.shell(in: "ours", "")
            try LayerUnpacking.unpack(
                source(of: try scene.folder.bytes("blob")), to: scene.path("ours"), expecting: packed.diffID)
            let ours = try LayerContent(upper: scene.path("ours"))
            #expect(try ours.digest(with: scene.digests()) == content.digest(with: scene.digests()))
            #expect(try await scene.listing(scene.path("ours")) == scene.listing(scene.path("theirs")))
        }
    }

    @Test("says what is gone, and what is hidden")
    func whiteouts() async throws {
        try await LayerScene.with { scene in
            let content = LayerContent([
                .init(try TarPath("d"), .folder(isOpaque: true), mode: 0o755, modified: 50),
                .init(try TarPath("d/file"), .file(.bytes([1])), mode: 0o600, uid: 3, gid: 4, modified: 150),
                .init(try TarPath("d/gone"), .whiteout, mode: 0),
            ])
            _ = try LayerPacking.pack(content, to: scene.path("blob"), compression: .none, epoch: 100)
            let list = try await scene.shell("TZ=UTC tar --numeric-owner --full-time -tvf blob | tr -s ' '")
            #expect(
                list.lines == [
                    "drwxr-xr-x 0/0 0 1970-01-01 00:00:50 d/", "---------- 0/0 0 1970-01-01 00:00:00 d/.wh..wh..opq",
                    "-rw------- 3/4 1 1970-01-01 00:01:40 d/file", "---------- 0/0 0 1970-01-01 00:00:00 d/.wh.gone",
                ])
            #expect(
                try await scene.shell(
                    """
                    mkdir bundle; umoci init --layout image; umoci new --image image:x; umoci raw add-layer --image image:x blob
                    umoci unpack --image image:x bundle; ls -A bundle/rootfs/d
                    """
                ).lines.last == "file")
        }
    }

    @Test(
        "has no folder of 1970 that only leads to what was put there, where the time of the result is given",
        arguments: [(100, "1970-01-01 00:01:40"), (nil, "1970-01-01 00:00:00")] as [(Int64?, String)])
    func foldersWithoutTime(epoch: Int64?, expected: String) async throws {
        try await LayerScene.with { scene in
            let content = LayerContent([
                .init(try TarPath("o"), .folder(isOpaque: false), mode: 0o755),
                .init(try TarPath("o/p"), .folder(isOpaque: false), mode: 0o755, modified: 50),
                .init(try TarPath("o/p/q"), .file(.bytes([1])), mode: 0o644),
            ])
            _ = try LayerPacking.pack(content, to: scene.path("blob"), compression: .none, epoch: epoch)
            let list = try await scene.shell("TZ=UTC tar --full-time -tvf blob | tr -s ' ' | cut -d ' ' -f 4-")
            #expect(
                list.lines == [
                    "\(expected) o/", "1970-01-01 00:00:50 o/p/", "1970-01-01 00:00:00 o/p/q",
                ])
        }
    }

    @Test("does not differ from one time to the next")
    func sameBytes() async throws {
        try await LayerScene.with { scene in
            try await scene.shell(in: "tree", Self.tree)
            let content = try LayerContent(upper: scene.path("tree"))
            let first = try LayerPacking.pack(content, to: scene.path("one"))
            #expect(try LayerPacking.pack(content, to: scene.path("two")) == first)
        }
    }

    @Test("is not made of files that have changed", arguments: [2, 4, 3_000_000])
    func changed(size: Int64) async throws {
        try await LayerScene.with { scene in
            let file = try scene.folder.write("source", text: "abc")
            let content = LayerContent([.init(try TarPath("x"), .file(.file(file, size: size)), mode: 0o644)])
            let error = #expect(throws: ImageError.self) { try LayerPacking.pack(content, to: scene.path("blob")) }
            #expect(error?.description.contains(file) == true)
            #expect(!scene.folder.has("blob"))
        }
    }
}
