/// A file tree that can be mounted for a step.
package enum Mountable: Sendable, Hashable {
    /// A plain folder. Changes to it persist.
    case folder(String)
    /// Layers combined by overlayfs, the lowest first, read-only.
    ///
    /// - Parameter program: The path of fuse-overlayfs, if it is used instead of the kernel's overlayfs.
    case layers([String], program: String? = nil)
    /// Layers combined by overlayfs, the lowest first. Changes go to `upper`; `work` is an empty folder on the same
    /// file system.
    ///
    /// - Parameter program: As for ``layers(_:program:)``.
    case overlay(layers: [String], upper: String, work: String, program: String? = nil)
}
