/// A tree of files that a step sees, as it lies on the disk.
package enum Mountable: Sendable, Hashable {
    /// A plain folder. What is written to it stays.
    case folder(String)
    /// Layers joined by overlayfs, the lowest first, that can only be read.
    case layers([String])
    /// Layers joined by overlayfs, the lowest first. What is written goes to `upper`; `work` is an empty folder of the
    /// same file system.
    case overlay(layers: [String], upper: String, work: String)
}
