import JSON
import OCI
import TestKit
import Testing

@Suite("An image that was built here", .enabled(if: Machine.canBuild))
struct InteroperabilityTests {
    private static let platforms = "linux/amd64,linux/arm64,linux/arm/v7"

    @Test func `is copied by skopeo with its digest, from a layout and from a registry`() async throws {
        try await TemporaryFolder.with { folder in
            let registry = try await RegistryServer.shared()
            let name = "\(registry.host)/\(registry.freshRepository()):1.0"
            try await build(
                ["-t", name, "--push", "-o", "type=oci,tar=false,dest=\(folder.file("layout"))"])
            let copy = ["copy", "--all", "--preserve-digests", "--insecure-policy", "--src-tls-verify=false"]
            let fromLayout = ["oci:\(folder.file("layout")):1.0", "oci:\(folder.file("first")):1.0"]
            try await Tool.skopeo.output(arguments: copy + fromLayout)
            try await Tool.skopeo.output(
                arguments: copy + ["docker://\(name)", "oci:\(folder.file("second")):1.0"])
            let digest = try TestLayout(reading: "layout", in: folder).digest(of: "1.0")
            #expect(digest != nil)
            #expect(try TestLayout(reading: "first", in: folder).digest(of: "1.0") == digest)
            #expect(try TestLayout(reading: "second", in: folder).digest(of: "1.0") == digest)
        }
    }

    @Test func `is copied by skopeo from an archive`() async throws {
        try await TemporaryFolder.with { folder in
            try await build(["-t", "app:1.0", "-o", "type=oci,dest=\(folder.file("app.tar"))"])
            try await Tool.skopeo.output(
                "copy", "--all", "--preserve-digests", "--insecure-policy",
                "oci-archive:\(folder.file("app.tar")):1.0", "oci:\(folder.file("layout")):1.0")
            let digest = try #require(try TestLayout(reading: "layout", in: folder).digest(of: "1.0"))
            let index = try #require(TestLayout(reading: "layout", in: folder).blob(digest))
            #expect(try Index(json: JSONValue(parsing: index)).manifests.compactMap(\.platform).count == 3)
        }
    }

    @Test func `is run by buildah`() async throws {
        try await TemporaryFolder.with { folder in
            try await build(["-t", "app:1.0", "-o", "type=oci,tar=false,dest=\(folder.file("layout"))"])
            let buildah = try await Buildah.shared()
            try await buildah.take("oci:\(folder.file("layout")):1.0", as: "app")
            let container = try await buildah.run(["from", "-q", "--pull-never", "app"])
            let output = try await buildah.run(
                ["run", "--runtime", "/usr/sbin/runc", "--isolation", "oci", container, "cat", "/greeting"])
            try await buildah.run(["rm", container])
            #expect(output == "hello from linux/amd64")
        }
    }

    @Test func `is run by podman as its configuration says`() async throws {
        try await TemporaryFolder.with { folder in
            let registry = try await RegistryServer.shared()
            let name = "\(registry.host)/\(registry.freshRepository()):1.0"
            try await build(["-t", name, "--push"])
            let podman = [
                "--root", folder.file("root"), "--runroot", folder.file("run"), "--storage-driver", "overlay",
                "--runtime", "/usr/sbin/runc", "--cgroup-manager", "cgroupfs",
            ]
            // podman's own limits may be above what this machine allows.
            let limits = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"]
            let outcome = try await Tool("podman").run(
                podman + ["run", "-q", "--rm", "--network", "none", "--tls-verify=false"] + limits + [name],
                home: folder)
            #expect(outcome.output == "hello from linux/amd64\n1000\n", "\(outcome.error)")
        }
    }

    @Test func `is unpacked by umoci, each platform with its own files`() async throws {
        try await TemporaryFolder.with { folder in
            try await build(["-t", "app:1.0", "-o", "type=oci,tar=false,dest=\(folder.file("layout"))"])
            for platform in Self.platforms.split(separator: ",").map(String.init) {
                let name = platform.replacing("/", with: "-")
                let outcome = try await Tool.imgtool.run(
                    "copy", "--platform", platform, "oci:\(folder.file("layout")):1.0",
                    "oci:\(folder.file("layout")):\(name)")
                #expect(outcome.succeeded, "\(outcome.error)")
                try await Tool.umoci.output(
                    "unpack", "--image", "\(folder.file("layout")):\(name)", folder.file(name))
                #expect(try folder.text("\(name)/rootfs/greeting") == "hello from \(platform)\n")
            }
        }
    }

    /// Builds an image that greets and says who it is.
    private func build(_ arguments: [String]) async throws {
        try await Builder.shared().build(
            ["--platform", Self.platforms] + arguments, context: Machine.testData("builds/greeting"))
    }
}
