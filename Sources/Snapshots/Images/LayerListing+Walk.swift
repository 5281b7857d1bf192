internal import Archive

extension LayerListing {
    /// The extent to which a path leads through a layer.
    enum Step {
        /// No further than to a folder, or to nothing: the layers below decide.
        case goesOn
        /// To a folder; unless an entry stands for it, a layer below says what it is.
        case folder(number: Int)
        /// To something else than a folder.
        case file(number: Int)
        /// To a link, behind which the rest of the path goes on.
        case link(number: Int, target: [UInt8], rest: ArraySlice<[UInt8]>)
        /// Nowhere, whatever the layers below have.
        case nothing
    }

    /// Follows a path.
    ///
    /// - Parameters:
    ///   - parts: The names in it; none is `..`.
    ///   - folders: How many of them, from the first on, are folders by what the layers above have. It is added to.
    ///   - followsLast: Whether a link at the end is followed, too.
    /// - Returns: The result, and true if the layer covers everything that lower layers have there.
    func follow(
        _ parts: [[UInt8]], folders: inout Int, followsLast: Bool
    ) -> (step: Step, isCovering: Bool) {
        var isCovering = isRootOpaque
        var path = TarPath.root
        for (position, part) in parts.enumerated() {
            path = path.appending(part)
            guard let number = number(at: path) else { return (.goesOn, isCovering) }
            let isLast = position == parts.count - 1
            switch nodes[number].entry.kind {
            case .folder(let isOpaque):
                folders = max(folders, position + 1)
                isCovering = isCovering || isOpaque
                if isLast { return (.folder(number: number), isCovering) }
            // It is hidden by a folder above, and hides what is below.
            case _ where folders > position: return (.goesOn, true)
            case .whiteout: return (.nothing, true)
            case .symbolicLink(let target) where !isLast || followsLast:
                return (.link(number: number, target: target, rest: parts[(position + 1)...]), true)
            default: return (isLast ? .file(number: number) : .nothing, true)
            }
        }
        return (.goesOn, isCovering)
    }
}
