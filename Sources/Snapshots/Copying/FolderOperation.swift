internal import OCI

/// WORKDIR: creates a folder (Dockerfile reference, "WORKDIR").
package struct FolderOperation: Sendable {
    /// Absolute.
    package var path: String
    /// The owner of the folder and its new parents.
    package var owner: Owner

    package init(path: String, owner: Owner) {
        self.path = path
        self.owner = owner
    }

    /// The content to add to the base; empty if the folder exists.
    ///
    /// - Throws: ``OCI/ImageError``; the error of the base.
    package func content(onto base: some BaseSnapshot) throws -> LayerContent {
        var builder = ContentBuilder(onto: base, attempt: "cannot make the folder \(path)")
        let facts = FolderAttributes(uid: owner.uid, gid: owner.gid)
        try builder.makeFolders(to: try builder.resolve(Array(path.utf8)), facts)
        return try builder.content()
    }
}
