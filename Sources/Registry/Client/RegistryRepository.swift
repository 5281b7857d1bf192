internal import HTTP
package import OCI

/// A repository of a registry, through the distribution-spec's API.
///
/// Reading goes to the mirrors that the configuration names first, writing to the registry itself. The operations are
/// split by what they work on: see the extensions.
package final class RegistryRepository: ImageDestination, ImageRemoval {
    package let repository: Repository
    let primary: RepositoryPlace
    private let places: @Sendable (ManifestReference?) throws(ImageError) -> [RepositoryPlace]

    init(
        _ repository: Repository, writesTo primary: RepositoryPlace,
        readsFrom places: @escaping @Sendable (ManifestReference?) throws(ImageError) -> [RepositoryPlace]
    ) {
        self.repository = repository
        self.primary = primary
        self.places = places
    }

    package var name: String { repository.description }

    /// The full form of a reference into this repository.
    func name(_ reference: ManifestReference) -> String {
        reference.digest == nil ? "\(name):\(reference)" : "\(name)@\(reference)"
    }

    /// Does something at the first place where it succeeds: mirrors first.
    func reading<Result>(
        _ reference: ManifestReference?, _ operation: (RepositoryPlace) async throws -> Result
    ) async throws -> Result {
        let all = try places(reference)
        for place in all.dropLast() {
            do {
                return try await operation(place)
            } catch let error as ImageError where error.code != .verification {
                continue
            }
        }
        return try await operation(all.last ?? primary)
    }
}
