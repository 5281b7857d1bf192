/// The source of files for COPY, ADD and mounts.
package enum FileSource: Sendable, Hashable {
    /// A local folder: the build context under the empty name, others under their names in `--build-context`.
    case context(String)
    /// The result of a step, as an index into ``PlannedBuild/steps``.
    case step(Int)
    /// No files: `scratch`.
    case nothing
}
