package import OCI

/// A reference with placeholders for parts of a platform, such as `app:1.2-{arch}{variant}`.
package struct ReferenceTemplate: Sendable, Hashable, CustomStringConvertible {
    private static let names = ["os", "arch", "variant", "platform"]

    package let description: String

    /// - Returns: `nil` if the text has no placeholder.
    package init?(_ text: String) {
        guard Self.names.contains(where: { text.contains("{\($0)}") }) else { return nil }
        description = text
    }

    /// The reference for a platform: `{os}`, `{arch}` and `{variant}` are replaced by its parts as written, an absent
    /// variant by nothing, and `{platform}` by all of them separated by dashes.
    ///
    /// - Throws: ``ImageError`` of code `usage` if the result is not a valid reference.
    package func reference(for platform: Platform) throws(ImageError) -> Reference {
        let values = [
            platform.os, platform.architecture, platform.variant ?? "",
            platform.description.split(separator: "/").joined(separator: "-"),
        ]
        var text = description
        for (name, value) in zip(Self.names, values) { text = text.replacing("{\(name)}", with: value) }
        return try Reference(parsing: text)
    }
}
