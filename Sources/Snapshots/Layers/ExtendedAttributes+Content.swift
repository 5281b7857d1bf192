internal import Archive
internal import FileSystem

extension ExtendedAttributes {
    /// Returns true for the internal attributes of overlayfs, fuse-overlayfs and of this program.
    static func isInternal(_ name: String) -> Bool {
        name.hasPrefix(userOverlayPrefix) || name.hasPrefix(fuseOverlayPrefix) || name == DeviceStandIn.attribute
    }

    /// The attributes that count as content, sorted by name.
    static func counting(_ path: OpenFolder.Name) throws(FileError) -> [TarEntry.Attribute] {
        var attributes: [TarEntry.Attribute] = []
        for name in try names(path) where LayerContent.counts(attribute: name) {
            if let value = try value(name, of: path) { attributes.append(.init(name, value)) }
        }
        return attributes
    }
}
