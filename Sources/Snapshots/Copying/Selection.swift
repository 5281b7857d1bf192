internal import Archive

/// The content of a path in a tree, as shown by a bind mount.
package struct Selection: Sendable {
    package var tree: SourceTree
    /// A path without wildcards; links are followed within the tree.
    package var path: String

    package init(_ tree: SourceTree, path: String) {
        self.tree = tree
        self.path = path
    }

    /// The content of a folder relative to it, or a file under its own name, not that of a link to it.
    ///
    /// - Throws: ``OCI/ImageError``.
    package func content() throws -> LayerContent {
        var builder = ContentBuilder(onto: EmptyBase(), attempt: "cannot mount \(path)")
        switch try CopyOperation(sources: [], destination: "/").select(tree, plain: path) {
        case .folder(let walked):
            for item in walked.items { builder.append(item) }
        case .single(let name, var item):
            let names = try tree.locate(Array(path.utf8))?.names
            item.entry.path = TarPath.root.appending(names?.last ?? name)
            builder.append(item)
        case .archive, nil: break
        }
        return try builder.content()
    }
}
