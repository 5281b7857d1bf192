internal import Terminal

/// The types in templates of `inspect`, as in `docker buildx`: those of the Go package of image-spec 1.1.
extension TemplateType {
    /// image-spec, descriptor.md.
    static let descriptor = TemplateType.structure(descriptorFields)

    static let descriptorFields = [
        TemplateField("MediaType", "mediaType", .string, isOptional: false),
        TemplateField("Digest", "digest", .digest, isOptional: false),
        TemplateField("Size", "size", .integer, isOptional: false),
        TemplateField("URLs", "urls", .list(.string)),
        TemplateField("Annotations", "annotations", .map(.string)),
        TemplateField("Data", "data", .string),
        TemplateField("Platform", "platform", .pointer(.structure(platformFields))),
        TemplateField("ArtifactType", "artifactType", .string),
    ]

    /// image-spec, image-index.md, plus the digest and size of the index itself.
    static let index = TemplateType.structure([
        TemplateField("SchemaVersion", "schemaVersion", .integer, isOptional: false),
        TemplateField("MediaType", "mediaType", .string),
        TemplateField("Digest", "digest", .digest, isOptional: false),
        TemplateField("Size", "size", .integer, isOptional: false),
        TemplateField("Manifests", "manifests", .list(.descriptor), isOptional: false),
        TemplateField("Annotations", "annotations", .map(.string)),
    ])

    private static let platformFields = [
        TemplateField("Architecture", "architecture", .string, isOptional: false),
        TemplateField("OS", "os", .string, isOptional: false),
        TemplateField("OSVersion", "os.version", .string),
        TemplateField("OSFeatures", "os.features", .list(.string)),
        TemplateField("Variant", "variant", .string),
    ]

    /// image-spec, config.md.
    static let image = TemplateType.pointer(
        .structure([
            TemplateField("Created", "created", .pointer(.time)),
            TemplateField("Author", "author", .string),
            TemplateField(embedding: "Platform", platformFields),
            TemplateField("Config", "config", .structure(executionFields)),
            TemplateField(
                "RootFS", "rootfs",
                .structure([
                    TemplateField("Type", "type", .string, isOptional: false),
                    TemplateField("DiffIDs", "diff_ids", .list(.digest), isOptional: false),
                ]), isOptional: false),
            TemplateField(
                "History", "history",
                .list(
                    .structure([
                        TemplateField("Created", "created", .pointer(.time)),
                        TemplateField("CreatedBy", "created_by", .string),
                        TemplateField("Author", "author", .string),
                        TemplateField("Comment", "comment", .string),
                        TemplateField("EmptyLayer", "empty_layer", .boolean),
                    ]))),
        ]))

    private static let executionFields = [
        TemplateField("User", "User", .string),
        TemplateField("ExposedPorts", "ExposedPorts", .map(.structure([]))),
        TemplateField("Env", "Env", .list(.string)),
        TemplateField("Entrypoint", "Entrypoint", .list(.string)),
        TemplateField("Cmd", "Cmd", .list(.string)),
        TemplateField("Volumes", "Volumes", .map(.structure([]))),
        TemplateField("WorkingDir", "WorkingDir", .string),
        TemplateField("Labels", "Labels", .map(.string)),
        TemplateField("StopSignal", "StopSignal", .string),
        TemplateField("ArgsEscaped", "ArgsEscaped", .boolean),
    ]

    /// `.Provenance` of one image.
    static let provenance = TemplateType.structure([TemplateField("SLSA", "SLSA", .any)])

    /// `.SBOM` of one image.
    static let sbom = TemplateType.structure([
        TemplateField("SPDX", "SPDX", .any), TemplateField("AdditionalSPDXs", "AdditionalSPDXs", .list(.any)),
    ])
}
