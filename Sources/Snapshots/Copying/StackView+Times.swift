internal import Archive

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
        for (root, times) in zip(roots, times) {
            if let path = found.path.path(below: root) { return times.isContent(at: path) }
        }
        return true
    }
}

extension DiskPath {
    /// The path relative to a folder; `nil` if it is not in the folder.
    fileprivate func path(below folder: DiskPath) -> TarPath? {
        withBytes { bytes in
            folder.withBytes { above in
                guard bytes.count > above.count, bytes[above.count] == UInt8(ascii: "/"), bytes.starts(with: above)
                else { return nil }
                return TarPath.root.appending(bytes[(above.count + 1)...])
            }
        }
    }
}
