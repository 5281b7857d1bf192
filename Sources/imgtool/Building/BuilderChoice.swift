internal import Builders
internal import OCI
internal import Registry

/// The builder that a command works with.
enum BuilderChoice {
    /// The variable that names the builder when no flag does, as for docker buildx.
    private static let variable = "BUILDX_BUILDER"

    /// All builders of this user.
    static var directory: BuilderDirectory {
        BuilderDirectory(StoreDirectory.locations, followsBuildx: ImgtoolCommand.isBuildx)
    }

    /// The builder that a flag names, or else the variable, or the selected one.
    ///
    /// - Throws: ``ImageError``.
    static func builder(named name: String?) throws(ImageError) -> BuilderDefinition {
        if let name = name ?? StoreDirectory.locations.variable(variable) { return try directory.named(name) }
        return try directory.current()
    }
}
