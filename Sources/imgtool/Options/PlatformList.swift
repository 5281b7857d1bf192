internal import OCI

/// Platforms on the command line: several options, or one with commas.
enum PlatformList {
    static func parse(_ options: [String]) throws(ImageError) -> [Platform] {
        var platforms: [Platform] = []
        for option in options {
            for text in option.split(separator: ",", omittingEmptySubsequences: false) {
                platforms.append(try Platform(parsing: String(text)))
            }
        }
        return platforms
    }
}
