package import JSON
package import OCI

/// A small image of one platform. The same input gives the same bytes.
package struct TestImage: TestContent {
    package let platform: Platform?
    package let config: [UInt8]
    package let manifest: [UInt8]
    package let descriptor: Descriptor
    package let blobs: [[UInt8]]
    package var children: [any TestContent] { [] }

    /// - Parameters:
    ///   - platform: `linux/amd64` and the like, as its parts.
    ///   - layers: Without any, one layer with a file that names the platform.
    ///   - dockerTypes: Whether media types are Docker's instead of those of image-spec.
    ///   - annotations: Of the manifest.
    ///   - config: Fields that the configuration has beyond `architecture`, `os`, `rootfs` and the like.
    ///   - subject: What the image refers to.
    ///   - entryAnnotations: Of the entry in an index.
    package init(
        _ platform: Platform = Platform(os: "linux", architecture: "amd64"), layers: [TestLayer]? = nil,
        dockerTypes: Bool = false, annotations: [String: String] = [:], config: JSONObject = JSONObject(),
        subject: Descriptor? = nil, entryAnnotations: [String: String] = [:]
    ) {
        let layers = layers ?? [TestLayer("platform.txt", "\(platform)\n")]
        var fields = platform.json.object ?? JSONObject()
        fields["created"] = "1970-01-01T00:00:00Z"
        for member in config.members { fields[member.name] = member.value }
        fields["rootfs"] = [
            "type": "layers", "diff_ids": .array(layers.map { .string($0.diffID.description) }),
        ]
        let configType = dockerTypes ? MediaType.dockerConfig : MediaType.ociConfig
        let layerType = dockerTypes ? Self.dockerLayer : Self.ociLayer
        let parts = Parts(
            type: dockerTypes ? MediaType.dockerManifest : MediaType.ociManifest, artifactType: nil,
            config: (configType, JSONValue.object(fields).bytes(.compact)),
            layers: layers.map { ($0.mediaType ?? layerType, $0.blob, $0.annotations) }, subject: subject,
            annotations: annotations)
        self.init(parts, platform, entryAnnotations)
    }

    /// An artifact (image-spec, manifest.md, "Guidelines for Artifact Usage"): an empty configuration, one blob, and
    /// what it refers to.
    package static func artifact(
        _ artifactType: String, _ content: String, subject: Descriptor? = nil, annotations: [String: String] = [:]
    ) -> TestImage {
        let parts = Parts(
            type: MediaType.ociManifest, artifactType: artifactType, config: (MediaType.ociEmpty, Array("{}".utf8)),
            layers: [("text/plain", Array(content.utf8), [:])], subject: subject, annotations: annotations)
        return TestImage(parts, nil, [:])
    }

    /// An attestation of BuildKit's kind, which stands in the index beside the image that it is about.
    package static func attestation(of image: Descriptor, _ statement: String = "{}") -> TestImage {
        let unknown = Platform(os: "unknown", architecture: "unknown")
        return TestImage(
            unknown, layers: [TestLayer(opaque: Array(statement.utf8), mediaType: MediaType.inToto)],
            entryAnnotations: [
                AnnotationKey.referenceType: AnnotationKey.attestationManifest,
                AnnotationKey.referenceDigest: image.digest.description,
            ])
    }

    /// The same, with in-toto statements of these predicates.
    ///
    /// - Parameter inEnvelopes: Whether each is in a DSSE envelope.
    package static func attestation(
        of image: Descriptor, _ predicates: [(type: String, predicate: JSONValue)], inEnvelopes: Bool = false
    ) -> TestImage {
        let layers = predicates.map { type, predicate in
            let statement: JSONValue = [
                "_type": "https://in-toto.io/Statement/v0.1", "predicateType": .string(type),
                "subject": [["name": "app", "digest": ["sha256": .string(image.digest.hex)]]], "predicate": predicate,
            ]
            let envelope: JSONValue = [
                "payload": .string(Base64.encode(statement.bytes(.compact))),
                "payloadType": .string(MediaType.inToto), "signatures": [],
            ]
            let kind = type.contains("spdx") ? "spdx" : "provenance"
            var layer = TestLayer(
                opaque: (inEnvelopes ? envelope : statement).bytes(.compact),
                mediaType: inEnvelopes ? "application/vnd.in-toto.\(kind)+dsse" : MediaType.inToto)
            layer.annotations[AnnotationKey.predicateType] = type
            return layer
        }
        return TestImage(
            Platform(os: "unknown", architecture: "unknown"), layers: layers,
            entryAnnotations: [
                AnnotationKey.referenceType: AnnotationKey.attestationManifest,
                AnnotationKey.referenceDigest: image.digest.description,
            ])
    }

    private struct Parts {
        let type: String
        let artifactType: String?
        let config: (type: String, bytes: [UInt8])
        let layers: [(type: String, bytes: [UInt8], annotations: [String: String])]
        let subject: Descriptor?
        let annotations: [String: String]

        var json: JSONValue {
            func describe(_ type: String, _ bytes: [UInt8], _ annotations: [String: String] = [:]) -> JSONValue {
                Descriptor(
                    mediaType: type, digest: Digest(of: bytes), size: Int64(bytes.count), annotations: annotations
                ).json
            }
            var object = JSONObject()
            object["schemaVersion"] = 2
            object["mediaType"] = .string(type)
            object["artifactType"] = artifactType.map { .string($0) }
            object["config"] = describe(config.type, config.bytes)
            object["layers"] = .array(layers.map { describe($0.type, $0.bytes, $0.annotations) })
            object["subject"] = subject?.content.json
            object["annotations"] = JSONValue(annotations: annotations)
            return .object(object)
        }
    }

    private init(_ parts: Parts, _ platform: Platform?, _ entryAnnotations: [String: String]) {
        self.platform = platform
        config = parts.config.bytes
        manifest = parts.json.bytes()
        blobs = [parts.config.bytes] + parts.layers.map(\.bytes)
        descriptor = Descriptor(
            mediaType: parts.type, digest: Digest(of: manifest), size: Int64(manifest.count),
            annotations: entryAnnotations, platform: platform)
    }

    private static let ociLayer = "application/vnd.oci.image.layer.v1.tar+gzip"
    private static let dockerLayer = "application/vnd.docker.image.rootfs.diff.tar.gzip"
}
