/// A file tree that can be mounted for a step.
package enum Mountable: Sendable, Hashable {
    /// A plain folder. Changes to it persist.
    case folder(String)
    /// Layers combined by overlayfs, the lowest first, read-only.
    case layers([String])
    /// Layers combined by overlayfs, the lowest first. Changes go to `upper`; `work` is an empty folder on the same
    /// file system.
    case overlay(layers: [String], upper: String, work: String)
}
