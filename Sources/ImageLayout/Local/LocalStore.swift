internal import FileSystem
package import OCI

/// The local store: an OCI image layout for images of many names.
///
/// The first write creates it. It works like ``LayoutStore``, but accepts only complete images and collects
/// unreferenced content.
package struct LocalStore: Sendable {
    let layout: LayoutStore

    /// The folder.
    package var path: String { layout.path }

    /// Does not access the file system yet.
    ///
    /// - Parameters:
    ///   - path: The folder.
    ///   - notice: Called with a message while waiting for another process.
    package init(path: String, notice: @escaping @Sendable (String) -> Void = { _ in }) {
        layout = LayoutStore(path: path, notice: notice)
    }

    /// The images of one name.
    ///
    /// - Parameter isOfBuilds: True if the images that get a name are built here, which is recorded for
    ///   ``built(_:_:)``.
    package func repository(_ name: Repository, isOfBuilds: Bool = false) -> LayoutStore {
        LayoutStore(
            path: path, repository: name, isOfBuilds: isOfBuilds, timeout: layout.timeout, notice: layout.notice)
    }
}
