/// The images that BuildKit reads Dockerfiles with, as `# syntax=` and `BUILDKIT_SYNTAX` name them. None is run.
package enum DockerfileFrontend {
    /// What to say of an image whose language may be another one.
    ///
    /// - Returns: `nil` for those that are known to read the language as this program does, whatever registry or mirror
    ///   they are from.
    package static func warning(about image: String) -> String? {
        let parts = image.prefix { $0 != "@" }.split(separator: "/")
        let repository = parts.suffix(2).map { $0.prefix { $0 != ":" } }.joined(separator: "/")
        return compatible.contains(repository)
            ? nil : "\(image) is not used: the file is read as docker/dockerfile reads it"
    }

    private static let compatible: Set = ["docker/dockerfile", "docker/dockerfile-upstream", "dockerfile.v0"]
}
