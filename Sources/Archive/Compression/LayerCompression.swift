/// How a layer is compressed (image-spec, layer.md, "+gzip" and "+zstd").
package enum LayerCompression: Hashable, Sendable {
    case none
    /// RFC 1952. Level 0 stores, 12 is the slowest.
    case gzip(level: Int)
    /// RFC 8878. From level 1 to 22, the slowest.
    case zstd(level: Int)

    /// What is used where nothing else is asked for.
    package static let standard = gzip(level: 4)

    /// A compression by its name, "uncompressed", "gzip" or "zstd", and the level that goes with it.
    ///
    /// - Parameter level: By default 4 for gzip and 3 for zstd.
    /// - Throws: ``ArchiveError`` when there is no such compression or level.
    package init(name: String, level: Int? = nil) throws(ArchiveError) {
        switch name {
        case "uncompressed", "none": self = .none
        case "gzip": self = .gzip(level: level ?? 4)
        case "zstd": self = .zstd(level: level ?? 3)
        default:
            throw ArchiveError(.unsupported, "there is no compression \"\(name)\"; use uncompressed, gzip or zstd")
        }
        try validate()
    }

    /// "uncompressed", "gzip" or "zstd".
    package var name: String {
        switch self {
        case .none: "uncompressed"
        case .gzip: "gzip"
        case .zstd: "zstd"
        }
    }

    /// The input is compressed in blocks of this many bytes. With smaller ones zstd would find less to refer back to.
    package var blockSize: Int {
        if case .zstd = self { 4 << 20 } else { 1 << 20 }
    }

    func validate() throws(ArchiveError) {
        switch self {
        case .none: break
        case .gzip(let level): try check(level, 0...12)
        case .zstd(let level): try check(level, 1...22)
        }
    }

    private func check(_ level: Int, _ range: ClosedRange<Int>) throws(ArchiveError) {
        guard range.contains(level) else {
            throw ArchiveError(
                .unsupported,
                "\(name) has no level \(level); its levels are \(range.lowerBound) to \(range.upperBound)")
        }
    }
}
