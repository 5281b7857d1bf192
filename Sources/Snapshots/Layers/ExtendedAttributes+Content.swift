internal import Archive
internal import FileSystem

extension ExtendedAttributes {
    /// Those that are part of what a file is, sorted by name.
    static func counting(_ path: OpenFolder.Name) throws(FileError) -> [TarEntry.Attribute] {
        var attributes: [TarEntry.Attribute] = []
        for name in try names(path) where LayerContent.counts(attribute: name) {
            if let value = try value(name, of: path) { attributes.append(.init(name, value)) }
        }
        return attributes
    }
}
