internal import OCI

/// What WORKDIR does: a folder exists (Dockerfile reference, "WORKDIR").
package struct FolderOperation: Sendable {
    /// Absolute.
    package var path: String
    /// Whom the folder, and those above it that are new, belong to.
    package var owner: Owner

    package init(path: String, owner: Owner) {
        self.path = path
        self.owner = owner
    }

    /// What it adds to a tree: nothing when the folder exists.
    ///
    /// - Throws: ``OCI/ImageError``, and what the base throws.
    package func content(onto base: some BaseSnapshot) throws -> LayerContent {
        var builder = ContentBuilder(onto: base, attempt: "cannot make the folder \(path)")
        let facts = FolderAttributes(uid: owner.uid, gid: owner.gid)
        try builder.makeFolders(to: try builder.resolve(Array(path.utf8)), facts)
        return try builder.content()
    }
}
