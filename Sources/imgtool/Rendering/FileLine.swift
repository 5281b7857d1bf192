internal import Archive
internal import OCI
internal import Snapshots
internal import Units

/// A file of an image in one line, as ls(1) shows it.
enum FileLine {
    /// - Parameter folder: The part of its path to leave out.
    static func text(of file: ImageFiles.File, below folder: [UInt8], isLong: Bool) -> String {
        let path = file.entry.path.bytes.dropFirst(folder.isEmpty ? 0 : folder.count + 1)
        let name = String(decoding: path, as: UTF8.self)
        guard isLong else { return name }
        let entry = file.entry
        var line = "\(mode(of: entry)) \(entry.uid):\(entry.gid) \(size(of: file)) \(time(of: entry)) \(name)"
        if case .symbolicLink(let target) = entry.kind { line += " -> \(String(decoding: target, as: UTF8.self))" }
        return line
    }

    private static func mode(of entry: LayerContent.Entry) -> String {
        let kind =
            switch entry.kind {
            case .file, .hardLink, .whiteout: "-"
            case .folder: "d"
            case .symbolicLink: "l"
            case .characterDevice: "c"
            case .blockDevice: "b"
            case .fifo: "p"
            }
        var letters = zip("rwxrwxrwx", 0...).map { letter, position in
            entry.mode & (0o400 >> UInt16(position)) != 0 ? letter : "-"
        }
        for (bit, place, letter) in [(UInt16(0o4000), 2, "s"), (0o2000, 5, "s"), (0o1000, 8, "t")]
        where entry.mode & bit != 0 {
            letters[place] = Character(letters[place] == "x" ? letter : letter.uppercased())
        }
        return kind + String(letters)
    }

    private static func size(of file: ImageFiles.File) -> String {
        switch file.entry.kind {
        case .characterDevice(let major, let minor), .blockDevice(let major, let minor): "\(major),\(minor)"
        default: "\(file.size)"
        }
    }

    private static func time(of entry: LayerContent.Entry) -> String { RFC3339.text(seconds: entry.modified) }
}
