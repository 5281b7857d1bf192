internal import ArgumentParser
internal import ImageTools
internal import OCI

/// Flags for changing the platform of an entry in an index.
struct PlatformChangeFlags: ParsableArguments {
    @Option(help: ArgumentHelp("Set the operating system.", valueName: "os"))
    var os: String?

    @Option(help: ArgumentHelp("Set the architecture.", valueName: "arch"))
    var arch: String?

    @Option(help: ArgumentHelp("Set the variant of the architecture.", valueName: "variant"))
    var variant: String?

    @Option(help: ArgumentHelp("Set the version of the operating system.", valueName: "version"))
    var osVersion: String?

    @Option(help: ArgumentHelp("Set the features of the operating system.", valueName: "feature[,…]"))
    var osFeatures: [String] = []

    /// True if any flag was given.
    var isGiven: Bool { [os, arch, variant, osVersion].contains { $0 != nil } || !osFeatures.isEmpty }

    /// - Parameter ignoringEmpty: True if an empty value changes nothing, instead of removing the field.
    /// - Throws: ``ImageError`` if a value is invalid.
    func change(ignoringEmpty: Bool = false) throws(ImageError) -> PlatformChange {
        func value(_ text: String?) -> String? { ignoringEmpty && text == "" ? nil : text }
        let features = osFeatures.flatMap { $0.split(separator: ",").map(String.init) }
        let keepsFeatures = ignoringEmpty ? features.isEmpty : osFeatures.isEmpty
        return try PlatformChange(
            os: value(os), architecture: value(arch), variant: value(variant), osVersion: value(osVersion),
            osFeatures: keepsFeatures ? nil : features)
    }
}
