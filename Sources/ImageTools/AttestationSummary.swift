internal import JSON

/// The key facts of an attestation.
package struct AttestationSummary: Sendable, Hashable {
    package let predicateType: String
    /// The builder, from provenance.
    package private(set) var builder: String?
    /// The number of materials, from provenance.
    package private(set) var materials: Int?
    /// The number of packages, from a bill of materials.
    package private(set) var packages: Int?

    /// Reads the statement.
    ///
    /// - Throws: ``ImageError``.
    package init(of attestation: Attestation) async throws {
        predicateType = attestation.predicateType
        let predicate = try await attestation.predicate()
        // SLSA provenance 0.2 and 1, SPDX, CycloneDX.
        builder = (predicate["builder"] ?? predicate["runDetails"]?["builder"])?["id"]?.string
        let dependencies = predicate["materials"] ?? predicate["buildDefinition"]?["resolvedDependencies"]
        materials = dependencies?.array?.count
        packages = (predicate["packages"] ?? predicate["components"])?.array?.count
    }
}
