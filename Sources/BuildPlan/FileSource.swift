/// Where COPY, ADD and mounts take files from.
package enum FileSource: Sendable, Hashable {
    /// A folder of this machine: the build context under the empty name, and what `--build-context` calls otherwise.
    case context(String)
    /// What a step has made, by its place in ``PlannedBuild/steps``.
    case step(Int)
    /// No files at all: `scratch`.
    case nothing
}
