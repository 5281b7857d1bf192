/// A JSON text as it was received, with its parsed value as a view of it.
///
/// The bytes are what is hashed and sent on; the value is only read.
package struct JSONDocument: Sendable {
    package let bytes: [UInt8]
    package let value: JSONValue

    /// - Throws: ``JSONError``.
    package init(bytes: [UInt8]) throws(JSONError) {
        self.bytes = bytes
        value = try JSONValue(parsing: bytes)
    }

    /// Writes a value.
    package init(_ value: JSONValue, layout: JSONValue.Layout = .indented) {
        self.value = value
        bytes = value.bytes(layout)
    }
}
