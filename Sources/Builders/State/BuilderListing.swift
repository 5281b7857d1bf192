package import OCI

/// A builder, or the error with which its definition could not be read.
package struct BuilderListing: Sendable {
    package let name: String
    package let definition: Result<BuilderDefinition, ImageError>
}
