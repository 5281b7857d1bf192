internal import ArgumentParser
internal import ImageTools

/// The flags for converting images.
struct ConversionFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Keep attestations in the index (keep), remove them (drop), or convert them to referrers of their image (referrers).",
            valueName: "keep|drop|referrers"), completion: .list(AttestationRule.allCases.map(\.rawValue)))
    var attestations: String = AttestationRule.keep.rawValue

    @Option(
        help: ArgumentHelp(
            "Convert everything to the media types of oci or docker, or keep them.",
            valueName: "keep|oci|docker"), completion: .list(MediaTypeRule.allCases.map(\.rawValue)))
    var mediaTypes: String = MediaTypeRule.keep.rawValue

    @Flag(help: "Copy referrers of replaced content, changed to refer to the new content.")
    var copyReferrers = false

    var conversion: ImageConversion {
        var conversion = ImageConversion()
        conversion.attestations = AttestationRule(rawValue: attestations) ?? .keep
        conversion.mediaTypes = MediaTypeRule(rawValue: mediaTypes) ?? .keep
        return conversion
    }

    /// True if anything but exact copies is requested.
    var changesAnything: Bool { conversion != ImageConversion() || copyReferrers }

    func validate() throws {
        try ChoiceText.check(attestations, of: AttestationRule.self, for: "--attestations")
        try ChoiceText.check(mediaTypes, of: MediaTypeRule.self, for: "--media-types")
    }
}
