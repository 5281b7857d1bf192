internal import Archive
internal import BuildEngine
internal import BuildPlan
internal import ImageTools
internal import OCI

extension ImageExport {
    /// Takes the fields about the format of images from an `--output`.
    ///
    /// - Throws: ``ImageError`` of code `usage`.
    mutating func take(_ fields: inout OutputFields) throws(ImageError) {
        let name = fields.take("compression") ?? "gzip"
        var level: Int?
        if let text = fields.take("compression-level") {
            level = Int(text)
            if level == nil { throw fields.refusal("compression-level is a number, not \"\(text)\"") }
        }
        do {
            compression = try LayerCompression(name: name, level: level)
        } catch {
            throw fields.refusal(error.description)
        }
        if level != nil, compression == .none { throw fields.refusal("uncompressed layers have no compression-level") }
        recompresses = try fields.truth("force-compression") ?? false
        keepsTimes = try fields.truth("rewrite-timestamp") == false
        try takeTime(&fields)
        if let isOCI = try fields.truth("oci-mediatypes") { usesDockerTypes = !isOCI }
        for (name, value) in fields.takeAll(prefix: "annotation") {
            annotations.append(try Self.annotation(name, value))
        }
        for name in ["attestation-inline", "oci-artifact"] {
            try fields.refuse(name, because: "attestations are not supported yet")
        }
        for name in ["buildinfo", "buildinfo-attrs"] {
            try fields.refuse(name, because: "BuildKit has replaced it by attestations")
        }
        if try fields.truth("prefer-nondist-layers") == false {
            throw fields.refusal("layers that are not to be distributed keep the media type that says so")
        }
    }

    /// Takes the field for the latest time, which outputs other than images have, too.
    mutating func takeTime(_ fields: inout OutputFields) throws(ImageError) {
        guard let time = fields.take("source-date-epoch"), !time.isEmpty else { return }
        epoch = try SourceDateEpoch.seconds(time, as: "source-date-epoch")
    }

    /// `annotation.KEY`, `annotation-TYPE.KEY` or `annotation-TYPE[PLATFORM].KEY`.
    private static func annotation(_ name: String, _ value: String) throws(ImageError) -> AnnotationRule {
        let rest = name.dropFirst("annotation".count)
        // A platform may contain a dot, as in windows(10.0.17763).
        let end = rest.firstIndex(of: "]") ?? rest.startIndex
        let dot = rest[end...].firstIndex(of: ".") ?? rest.endIndex
        let type = rest[..<dot].dropFirst()
        let key = rest[dot...].dropFirst()
        return try AnnotationRule(
            parsing: (type.isEmpty ? "" : "\(type):") + "\(key)=\(value)", makesManifests: true)
    }
}
