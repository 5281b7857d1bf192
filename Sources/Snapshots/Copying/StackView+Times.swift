internal import Archive
internal import FileSystem

extension SourceTree {
    /// Returns true if the modification time counts as content. It never does in a context, since a checkout changes
    /// it.
    func isTimeContent(of found: StackView.Found) -> Bool {
        switch self {
        case .context: false
        case .stack(let view): view.isTimeContent(of: found)
        }
    }
}

extension StackView {
    fileprivate func isTimeContent(of found: Found) -> Bool {
        let layer = found.top.layer
        guard !times.isEmpty, let path = found.path.path(below: roots[roots.count - 1 - layer].path) else {
            return true
        }
        return times[layer].isContent(at: path)
    }
}

extension BytePath {
    /// The path from a folder on; `nil` for what is not in it.
    fileprivate func path(below folder: BytePath) -> TarPath? {
        let above = folder.name.count - 1
        guard name.count > above + 1, name[above] == UInt8(ascii: "/"), name.starts(with: folder.name.dropLast()) else {
            return nil
        }
        return TarPath.root.appending(name[(above + 1)...].dropLast())
    }
}
