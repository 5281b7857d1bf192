internal import FileSystem
package import OCI

/// The images of this user: one OCI image layout for images of many names.
///
/// It is created by the first write. Everything that is said of ``LayoutStore`` holds for it; besides, it takes complete
/// images only, and what nothing refers to any more is collected.
package struct LocalStore: Sendable {
    let layout: LayoutStore

    /// The folder.
    package var path: String { layout.path }

    /// Names a store; touches nothing.
    ///
    /// - Parameters:
    ///   - path: The folder.
    ///   - notice: Is told, in words for people, when another process is being waited for.
    package init(path: String, notice: @escaping @Sendable (String) -> Void = { _ in }) {
        layout = LayoutStore(path: path, notice: notice)
    }

    /// The images of one name.
    ///
    /// - Parameter isOfBuilds: Whether what gets a name is built here, which ``built(_:_:)`` tells from then on.
    package func repository(_ name: Repository, isOfBuilds: Bool = false) -> LayoutStore {
        LayoutStore(
            path: path, repository: name, isOfBuilds: isOfBuilds, timeout: layout.timeout, notice: layout.notice)
    }
}
