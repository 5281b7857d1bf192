internal import Archive

extension SourceTree {
    /// Whether the modification time of what was found is content. In a context it never is: a checkout sets it anew.
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
    /// The path from a folder on; `nil` for what is not in it.
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
