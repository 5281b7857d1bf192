internal import OCI

/// Combines the inputs of a step to a key. Each part is preceded by its length, so that different inputs have different
/// keys.
struct KeyWriter {
    private var bytes: [UInt8]

    /// - Parameter kind: The kind of the key, including the version of its format.
    init(_ kind: String) {
        bytes = []
        add(kind)
    }

    mutating func add(_ text: String) {
        bytes += Array("\(text.utf8.count):".utf8)
        bytes += Array(text.utf8)
    }

    mutating func add(_ list: [String]) {
        add("\(list.count)")
        for text in list { add(text) }
    }

    mutating func add(_ digest: Digest) { add(digest.description) }

    mutating func add(_ text: String?) { add(text.map { [$0] } ?? []) }

    var digest: Digest { Digest(of: bytes) }
}
