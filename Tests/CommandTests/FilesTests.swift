import JSON
import OCI
import TestKit
import Testing

/// An image of layers that a shell script makes, each in a folder of its own.
private struct ScriptedImage {
    let image: TestImage

    init(_ scripts: [String], in folder: TemporaryFolder) async throws {
        var layers: [TestLayer] = []
        for (number, script) in scripts.enumerated() {
            let place = folder.file("layer-\(number)")
            let lines = "set -e; umask 022; mkdir \(place); cd \(place); \(script); cd ..;"
            let tar = "tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@1000 -C \(place) -cf \(place).tar ."
            try await Tool("sh").output("-c", "\(lines) \(tar)")
            let bytes = try folder.bytes("layer-\(number).tar")
            layers.append(
                TestLayer(
                    blob: TestArchive.gzip(bytes), tar: bytes, mediaType: "application/vnd.oci.image.layer.v1.tar+gzip")
            )
        }
        image = TestImage(layers: layers)
    }

    /// Layers in which everything is done that layers can do.
    static let everything = [
        """
        mkdir -p etc usr/lib bin gone/deep opaque/old covered; echo one > etc/a; echo two > etc/b; ln etc/b etc/c;
        echo release > usr/lib/os-release; ln -s ../usr/lib/os-release etc/os-release; ln -s usr/lib lib;
        echo deep > gone/deep/file; echo old > opaque/old/file; echo covered > covered/file; echo bin > bin/sh;
        ln bin/sh bin/bash; chmod 4755 bin/sh; mkfifo pipe; mkdir sticky; chmod 1777 sticky; echo x > becomes-folder
        """,
        """
        mkdir -p etc opaque; touch .wh.gone opaque/.wh..wh..opq etc/.wh.a; echo new > opaque/new; echo other > etc/b;
        mkdir becomes-folder; echo in > becomes-folder/in; echo now-a-file > covered
        """,
        "mkdir -p etc/deeper; echo three > etc/three; ln etc/three etc/deeper/four; truncate -s 100000 etc/hole; chmod 700 etc",
    ]
}

@Suite("export, ls and cat")
struct FilesTests {
    /// Kind, mode, size, path, target and number of names of everything in a folder.
    private func facts(of folder: String) async throws -> [String] {
        let listing = try await Tool("sh").output(
            "-c",
            "cd \(folder) && find . -mindepth 1 -printf '%y %m %P %l %n\\n' && find . -type f -exec sha256sum {} +")
        // How many names a folder has, file systems count in their own ways.
        return listing.split(separator: "\n").map(String.init).map {
            $0.hasPrefix("d ") ? String($0[..<($0.lastIndex(of: " ") ?? $0.endIndex)]) : $0
        }.sorted()
    }

    @Test func `export what umoci unpacks`() async throws {
        try await TemporaryFolder.with { folder in
            let scripted = try await ScriptedImage(ScriptedImage.everything, in: folder)
            let layout = try TestLayout(in: folder, ["v1": scripted.image])
            try await Tool.umoci.output("unpack", "--rootless", "--image", "\(layout.path):v1", folder.file("bundle"))
            let archive = folder.file("files.tar")
            try await printed("export", "oci:\(layout.path):v1", "-o", archive)
            try await Tool("sh").output("-c", "mkdir \(folder.path)/ours; tar -C \(folder.path)/ours -xpf \(archive)")
            let (ours, theirs) = (
                try await facts(of: folder.file("ours")), try await facts(of: folder.file("bundle/rootfs"))
            )
            #expect(ours == theirs)
            #expect(ours.contains { $0.hasPrefix("f 644 etc/three") && $0.hasSuffix(" 2") })
            // The same image gives the same bytes.
            try await Tool("sh").output("-c", "\(Tool.imgtool.program) export oci:\(layout.path):v1 | cmp - \(archive)")
        }
    }

    @Test func `keep the names of one file together, and give layers files of their own`() async throws {
        try await TemporaryFolder.with { folder in
            let first = "mkdir d; echo 1 > d/a; ln d/a d/b; ln d/a d/c"
            // What is a hard link to a file of the layer below is made where that file is, and the file is left out.
            let second = "mkdir d; echo 1 > d/a; ln d/a d/z; echo 2 > d/b"
            let scripted = try await ScriptedImage([first, second], in: folder)
            let layout = try TestLayout(in: folder, ["v1": scripted.image])
            let archive = folder.file("files.tar")
            try await printed("export", "oci:\(layout.path):v1", "-o", archive)
            let listing = try await Tool("tar").output("-tvf", archive)
            #expect(listing.contains("d/z link to d/a"))
            #expect(listing.split(separator: "\n").count { $0.hasPrefix("-") } == 3, "\(listing)")
        }
    }

    @Test func `list what is there, links and whiteouts followed`() async throws {
        try await TemporaryFolder.with { folder in
            let scripted = try await ScriptedImage(ScriptedImage.everything, in: folder)
            let layout = try TestLayout(in: folder, ["v1": TestIndex([scripted.image])])
            let name = "oci:\(layout.path):v1"
            #expect(try await printed("ls", name, "/etc") == "b\nc\ndeeper\nhole\nos-release\nthree\n")
            #expect(try await printed("ls", name, "lib/../lib/") == "os-release\n")
            #expect(try await printed("ls", name, "opaque") == "new\n")
            #expect(try await printed("ls", name, "etc/b") == "b\n")
            let lines = try await printed("ls", "-l", name).split(separator: "\n")
            #expect(lines.contains("drwx------ 0:0 0 1970-01-01T00:16:40Z etc"))
            #expect(lines.contains("lrwxrwxrwx 0:0 0 1970-01-01T00:16:40Z lib -> usr/lib"))
            #expect(lines.contains("drwxrwxrwt 0:0 0 1970-01-01T00:16:40Z sticky"))
            #expect(lines.contains { $0.hasPrefix("prw-r--r-- 0:0") })
            #expect(!lines.contains { $0.contains("gone") || $0.contains(".wh.") })
            #expect(try await printed("ls", "-lR", name).contains("-rwsr-xr-x 0:0 4 1970-01-01T00:16:40Z bin/sh\n"))
            try await refused(3, "ls", name, "/gone", saying: ["no such file"])
            try await refused(3, "ls", "--platform", "linux/s390x", name, saying: ["linux/amd64"])
        }
    }

    @Test func `print a file, and fetch no more layers than that takes`() async throws {
        let registry = try await RegistryServer.shared()
        try await TemporaryFolder.with { folder in
            let scripted = try await ScriptedImage(ScriptedImage.everything, in: folder)
            let repo = try registry.repository(["v1": scripted.image])
            for (path, content, layers) in [
                ("/etc/deeper/four", "three\n", 1), ("/etc/three", "three\n", 2), ("/etc/b", "other\n", 2),
                ("/becomes-folder/in", "in\n", 2), ("/etc/c", "two\n", 4), ("lib/os-release", "release\n", 4),
                ("/../etc/os-release", "release\n", 4),
            ] {
                try await FaultProxy.with(registry) { proxy in
                    let output = try await printed("cat", "\(proxy.repository(repo)):v1", path)
                    #expect(output == content)
                    // One of them is the configuration.
                    let blobs = proxy.exchanges.count { $0.method == "GET" && $0.path.contains("/blobs/") }
                    #expect(blobs == layers + 1, "\(path)")
                }
            }
            #expect(try await printed("cat", "\(repo):v1", "etc/b", "etc/three") == "other\nthree\n")
            try await refused(1, "cat", "\(repo):v1", "etc", saying: ["it is a folder"])
            try await refused(3, "cat", "\(repo):v1", "gone/deep/file", saying: ["no such file"])
        }
    }

    @Test func `use nothing that is not what its digest says`() async throws {
        try await TemporaryFolder.with { folder in
            let good = TestLayer("file", "good\n")
            let other = TestLayer("file", "evil\n")
            let layer = TestLayer(blob: other.blob, tar: [], mediaType: "application/vnd.oci.image.layer.v1.tar+gzip")
            let layout = try TestLayout(
                in: folder, ["diff-id": TestImage(layers: [layer]), "v1": TestImage(layers: [good])])
            try await refused(
                5, "cat", "oci:\(layout.path):diff-id", "file", saying: ["cannot look into the layer", "digest"])
            try folder.write("layout/blobs/sha256/\(Digest(of: good.blob).hex)", Array(other.blob))
            try await refused(5, "cat", "oci:\(layout.path):v1", "file", saying: ["digest"])
            try await refused(5, "export", "oci:\(layout.path):v1", saying: ["digest"])
        }
    }
}
