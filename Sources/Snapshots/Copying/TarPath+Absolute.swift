internal import Archive

extension TarPath {
    /// The path from the root of a tree on.
    var absolute: String { "/" + String(decoding: bytes, as: UTF8.self) }
}
