internal import OCI

/// Puts together what a step depends on, so that different things never look the same: each part with its length.
struct KeyWriter {
    private var bytes: [UInt8]

    /// - Parameter kind: What the key is of, with the version of its form.
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
