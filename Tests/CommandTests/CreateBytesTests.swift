import OCI
import TestKit
import Testing

/// The bytes are what release scripts have recorded digests of, so they are written out here by hand.
@Suite("The bytes that create makes")
struct CreateBytesTests {
    private static func dryRun(_ words: [String]) async throws -> String {
        let outcome = try await Tool.imgtool.run(["create", "--dry-run"] + words)
        #expect(outcome.status == 0, "\(outcome.error)")
        return outcome.output
    }

    @Test func `of two OCI images`() async throws {
        let (amd64, arm64) = (TestImage(), TestImage(Platform(os: "linux", architecture: "arm64", variant: "v8")))
        let repo = try await RegistryServer.shared().repository(["one": amd64, "two": arm64])
        #expect(
            try await Self.dryRun(["\(repo):one", "\(repo):two"]) == """
                {
                  "schemaVersion": 2,
                  "mediaType": "application/vnd.oci.image.index.v1+json",
                  "manifests": [
                    {
                      "mediaType": "application/vnd.oci.image.manifest.v1+json",
                      "digest": "\(amd64.digest)",
                      "size": \(amd64.manifest.count),
                      "platform": {
                        "architecture": "amd64",
                        "os": "linux"
                      }
                    },
                    {
                      "mediaType": "application/vnd.oci.image.manifest.v1+json",
                      "digest": "\(arm64.digest)",
                      "size": \(arm64.manifest.count),
                      "platform": {
                        "architecture": "arm64",
                        "os": "linux"
                      }
                    }
                  ]
                }
                """)
    }

    @Test func `of two docker images, one for Windows`() async throws {
        let arm = TestImage(Platform(os: "linux", architecture: "arm"), dockerTypes: true)
        let windows = TestImage(
            Platform(os: "windows", architecture: "amd64", osVersion: "10.0.17763.1", osFeatures: ["win32k"]),
            dockerTypes: true)
        let repo = try await RegistryServer.shared().repository(["one": arm, "two": windows])
        #expect(
            try await Self.dryRun(["\(repo):one", "\(repo):two"]) == """
                {
                  "schemaVersion": 2,
                  "mediaType": "application/vnd.docker.distribution.manifest.list.v2+json",
                  "manifests": [
                    {
                      "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
                      "digest": "\(arm.digest)",
                      "size": \(arm.manifest.count),
                      "platform": {
                        "architecture": "arm",
                        "os": "linux",
                        "variant": "v7"
                      }
                    },
                    {
                      "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
                      "digest": "\(windows.digest)",
                      "size": \(windows.manifest.count),
                      "platform": {
                        "architecture": "amd64",
                        "os": "windows",
                        "os.version": "10.0.17763.1",
                        "os.features": [
                          "win32k"
                        ]
                      }
                    }
                  ]
                }
                """)
    }

    @Test func `of a single image, annotated everywhere`() async throws {
        let image = TestImage(annotations: ["of": "the manifest"])
        let repo = try await RegistryServer.shared().repository(["one": image])
        #expect(
            try await Self.dryRun([
                "--annotation", "index:org.example.z=<&>", "--annotation", "org.example.a=1", "--annotation",
                "manifest-descriptor[linux/amd64]:org.example.entry=é", "\(repo):one",
            ]) == #"""
                {
                  "schemaVersion": 2,
                  "mediaType": "application/vnd.oci.image.index.v1+json",
                  "manifests": [
                    {
                      "mediaType": "application/vnd.oci.image.manifest.v1+json",
                      "digest": "\#(image.digest)",
                      "size": \#(image.manifest.count),
                      "annotations": {
                        "org.example.entry": "é"
                      },
                      "platform": {
                        "architecture": "amd64",
                        "os": "linux"
                      }
                    }
                  ],
                  "annotations": {
                    "org.example.a": "1",
                    "org.example.z": "\u003c\u0026\u003e"
                  }
                }
                """#)
    }

    @Test func `of an index that is rewritten keep everything that it says`() async throws {
        let (image, added) = (TestImage(), TestImage(Platform(os: "linux", architecture: "s390x")))
        let subject = TestImage.artifact("a/b", "text").descriptor
        try await TemporaryFolder.with { folder in
            let registry = try await RegistryServer.shared()
            let repo = try registry.repository(["one": added])
            try registry.put(image, in: path(of: repo))
            // Written as other tools would, in another order and without white space.
            let entry =
                #"{"size":\#(image.manifest.count),"digest":"\#(image.digest)","x-entry":[1,null],"#
                + #""platform":{"os":"linux","architecture":"amd64","variant":"v2","x-platform":{}},"#
                + #""mediaType":"application/vnd.oci.image.manifest.v1+json"}"#
            let text =
                #"{"x-index":{"b":1,"a":2.5},"annotations":{"k":"v"},"manifests":[\#(entry)],"schemaVersion":2,"#
                + #""subject":{"mediaType":"\#(subject.mediaType)","digest":"\#(subject.digest)","#
                + #""size":\#(subject.size)},"artifactType":"a/c","#
                + #""mediaType":"application/vnd.oci.image.index.v1+json"}"#
            let file = try folder.write("index.json", text: text)
            try await succeeds("manifest", "put", "\(repo):old", file)
            #expect(
                try await Self.dryRun(["\(repo):old", "\(repo):one"]) == """
                    {
                      "schemaVersion": 2,
                      "mediaType": "application/vnd.oci.image.index.v1+json",
                      "artifactType": "a/c",
                      "manifests": [
                        {
                          "mediaType": "application/vnd.oci.image.manifest.v1+json",
                          "digest": "\(image.digest)",
                          "size": \(image.manifest.count),
                          "platform": {
                            "architecture": "amd64",
                            "os": "linux",
                            "variant": "v2",
                            "x-platform": {}
                          },
                          "x-entry": [
                            1,
                            null
                          ]
                        },
                        {
                          "mediaType": "application/vnd.oci.image.manifest.v1+json",
                          "digest": "\(added.digest)",
                          "size": \(added.manifest.count),
                          "platform": {
                            "architecture": "s390x",
                            "os": "linux"
                          }
                        }
                      ],
                      "subject": {
                        "mediaType": "\(subject.mediaType)",
                        "digest": "\(subject.digest)",
                        "size": \(subject.size)
                      },
                      "annotations": {
                        "k": "v"
                      },
                      "x-index": {
                        "b": 1,
                        "a": 2.5
                      }
                    }
                    """)
        }
    }

    @Test func `of a single index are the index's own, and of a single image the image's when no index is preferred`()
        async throws
    {
        let (image, index) = (TestImage(), try TestIndex(platforms: ["linux/amd64", "linux/arm64"]))
        let repo = try await RegistryServer.shared().repository(["one": image, "many": index])
        #expect(try await Self.dryRun(["\(repo):many"]) == String(decoding: index.manifest, as: UTF8.self))
        #expect(
            try await Self.dryRun(["--platform", "linux/amd64,linux/arm64", "\(repo):many"])
                == String(decoding: index.manifest, as: UTF8.self))
        for flag in ["--prefer-index=false", "--no-prefer-index"] {
            #expect(
                try await Self.dryRun([flag, "\(repo):one"]) == String(decoding: image.manifest, as: UTF8.self))
        }
        #expect(try await Self.dryRun(["--prefer-index=true", "\(repo):one"]).contains(MediaType.ociIndex))
    }
}
