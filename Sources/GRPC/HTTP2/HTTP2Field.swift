/// A header field. Values are bytes, since some of them are not UTF-8.
package struct HTTP2Field: Sendable, Hashable {
    /// In lower case.
    package let name: String
    package let value: [UInt8]

    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = Array(value.utf8)
    }

    package init(_ name: String, bytes value: [UInt8]) {
        self.name = name
        self.value = value
    }

    package var text: String { String(decoding: value, as: UTF8.self) }
}

extension [HTTP2Field] {
    /// The first value of a name.
    package subscript(name: String) -> String? { first { $0.name == name }?.text }

    /// All values of a name.
    package func values(_ name: String) -> [[UInt8]] { filter { $0.name == name }.map(\.value) }
}
