internal import Archive

extension TarPath {
    /// The folder that it is in; `nil` for the root.
    var parent: TarPath? {
        if isRoot { return nil }
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return .root }
        return bytes[..<slash].withUnsafeBufferPointer { TarPath.root.appending($0) }
    }

    /// The last name of the path.
    var name: ArraySlice<UInt8> {
        let slash = bytes.lastIndex(of: UInt8(ascii: "/"))
        return bytes[(slash.map { $0 + 1 } ?? 0)...]
    }

    func appending(_ name: [UInt8]) -> TarPath { name.withUnsafeBufferPointer(appending) }

    /// The absolute path, as a person writes it.
    var absolute: String { "/" + String(decoding: bytes, as: UTF8.self) }
}
