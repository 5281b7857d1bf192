internal import Archive

extension TarPath {
    /// The absolute path in a tree.
    var absolute: String { "/" + String(decoding: bytes, as: UTF8.self) }
}
