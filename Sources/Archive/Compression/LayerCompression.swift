/// The compression of a layer (image-spec, layer.md, "+gzip" and "+zstd").
package enum LayerCompression: Hashable, Sendable {
    case none
    /// RFC 1952, level 0 (no compression) to 12 (slowest).
    case gzip(level: Int)
    /// RFC 8878, level 1 to 22 (slowest).
    case zstd(level: Int)

    /// The default.
    package static let standard = gzip(level: 4)

    /// A compression by its name ("uncompressed", "gzip" or "zstd") and level.
    ///
    /// - Parameter level: By default 4 for gzip and 3 for zstd.
    /// - Throws: ``ArchiveError`` if there is no such compression or level.
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

    /// The size of the blocks that are compressed, in bytes. Smaller ones would leave zstd less to refer back to.
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
