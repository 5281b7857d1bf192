internal import ArgumentParser
internal import ImageTools

/// The referrers to copy, for every command that copies images.
struct ReferrerFlags: ParsableArguments {
    @Flag(help: "Copy what refers to the images, too: signatures, SBOMs and the like, also those under digest tags.")
    var referrers = false

    @Flag(help: "Copy what stands under digest tags, too: sha256-HEX.sig, .att, .sbom and the like.")
    var digestTags = false

    var isEmpty: Bool { !referrers && !digestTags }

    /// - Parameter base: The rule without a flag.
    func rule(otherwise base: ReferrerRule) -> ReferrerRule {
        var rule = referrers ? .all : base
        if digestTags { rule.digestTags = .required }
        return rule
    }
}
