internal import CLinux
internal import FileSystem
internal import Glibc
package import OCI

extension LayerContent {
    /// Writes the layer to a folder, in overlayfs's format.
    ///
    /// Folders that the layer only leads through get the attributes that they have below. Times, owners and modes are
    /// those of the entries, so this requires root.
    ///
    /// - Parameters:
    ///   - folder: The absolute path of an empty folder.
    ///   - lower: The folders of the layers below, the lowest first.
    /// - Throws: ``ImageError``. Files written before the error stay.
    package func write(to folder: String, over lower: [String] = []) throws(ImageError) {
        try LayerFailure.explaining("cannot write the files of a layer") {
            let target = try LayerFolder(folder, lower: LowerLayers(folders: lower))
            for entry in entries {
                try target.add(entry) { file in
                    if case .file(let data) = entry.kind { try data.write(to: file) }
                }
            }
            try target.finish()
        }
    }
}

extension LayerContent.FileData {
    fileprivate func write(to file: Int32) throws {
        switch self {
        case .bytes(let bytes): try LayerFolder.write(bytes, to: file, at: 0)
        case .file(let path, let size, _):
            let source = try SourceFile(path)
            let count = clinux_copy_content(source.descriptor, file)
            guard count >= 0 else { throw FileError(errno, "copy", path) }
            guard count == size else { throw LayerFailure.changed(path) }
        }
    }
}

extension LayerFolder {
    static func write(_ bytes: [UInt8], to file: Int32, at offset: Int64) throws(FileError) {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in
                pwrite(file, buffer.baseAddress?.advanced(by: written), buffer.count - written, off_t(offset) + written)
            }
            guard count >= 0 else { throw FileError(errno, "write", "a file of a layer") }
            written += count
        }
    }
}
