internal import HTTP
package import OCI

/// A repository in a registry, accessed through the distribution-spec's API.
///
/// Reads go to the configured mirrors first, writes to the registry itself. See the extensions for the operations.
package final class RegistryRepository: ImageStore, TagListing, ReferrerListing, BlobResolving, PresenceChecking,
    ImageRemoval
{
    package let repository: Repository
    let primary: RepositoryLocation
    private let locations: @Sendable (ManifestReference?) throws(ImageError) -> [RepositoryLocation]

    init(
        _ repository: Repository, writesTo primary: RepositoryLocation,
        readsFrom locations: @escaping @Sendable (ManifestReference?) throws(ImageError) -> [RepositoryLocation]
    ) {
        self.repository = repository
        self.primary = primary
        self.locations = locations
    }

    package var name: String { repository.description }

    /// The full form of a reference to this repository.
    func name(_ reference: ManifestReference) -> String {
        reference.digest == nil ? "\(name):\(reference)" : "\(name)@\(reference)"
    }

    /// Runs a read operation at the first location where it succeeds, mirrors first.
    func reading<Result>(
        _ reference: ManifestReference?, _ operation: (RepositoryLocation) async throws -> Result
    ) async throws -> Result {
        let all = try locations(reference)
        for location in all.dropLast() {
            do {
                return try await operation(location)
            } catch let error as ImageError where error.code != .verification {
                continue
            }
        }
        return try await operation(all.last ?? primary)
    }
}
