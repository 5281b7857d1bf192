internal import ArgumentParser
internal import ImageTools

/// The flags for converting images.
struct ConversionFlags: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Leave attestations where they are (keep), leave them out (drop), or make them refer to their image instead of being listed (referrers).",
            valueName: "keep|drop|referrers"), completion: .list(AttestationRule.allCases.map(\.rawValue)))
    var attestations: String = AttestationRule.keep.rawValue

    @Option(
        help: ArgumentHelp(
            "Give everything the media types of OCI or of Docker, or let it keep its own.",
            valueName: "keep|oci|docker"), completion: .list(MediaTypeRule.allCases.map(\.rawValue)))
    var mediaTypes: String = MediaTypeRule.keep.rawValue

    @Flag(help: "Copy what refers to what is changed, so that it refers to the new content.")
    var copyReferrers = false

    var conversion: ImageConversion {
        var conversion = ImageConversion()
        conversion.attestations = AttestationRule(rawValue: attestations) ?? .keep
        conversion.mediaTypes = MediaTypeRule(rawValue: mediaTypes) ?? .keep
        return conversion
    }

    /// Whether anything else than exact copies is asked for.
    var changesAnything: Bool { conversion != ImageConversion() || copyReferrers }

    func validate() throws {
        try ChoiceText.check(attestations, of: AttestationRule.self, for: "--attestations")
        try ChoiceText.check(mediaTypes, of: MediaTypeRule.self, for: "--media-types")
    }
}
