package import DockerfileLanguage
package import Executor
internal import Glibc
internal import OCI

/// The inputs of a build other than its plan.
package struct BuildInputs: Sendable {
    /// A local folder to take files from.
    package struct Context: Sendable {
        /// An absolute path.
        package let folder: String
        package let ignored: PathPatterns?
        /// The name of the ignore file in messages.
        package let ignoreFile: String

        package init(folder: String, ignored: PathPatterns? = nil, ignoreFile: String = ".dockerignore") {
            self.folder = folder
            self.ignored = ignored
            self.ignoreFile = ignoreFile
        }
    }

    /// A file downloaded for ADD.
    package struct Download: Sendable {
        /// The path of the file.
        package let path: String
        package let name: String
        /// The time of the last change according to the server, in seconds since 1970.
        package let modified: Int64?

        package init(path: String, name: String, modified: Int64?) {
            self.path = path
            self.name = name
            self.modified = modified
        }
    }

    /// By name; the build context has the empty one.
    package var contexts: [String: Context] = [:]
    /// The content of `--secret`, by ID.
    package var secrets: [String: [UInt8]] = [:]
    /// The namespace of cache mounts, which separates those of different users of the cache.
    package var cacheNamespace = ""
    package var extraHosts: [SandboxSpec.HostAddress] = []
    /// The maximum number of concurrent steps.
    package var jobs = usualJobs
    /// True to ignore the results of earlier builds.
    package var ignoresCache = false
    /// The labels of stages for which the results of earlier builds are ignored.
    package var uncachedStages: Set<String> = []
    /// Called when a step has failed, if set: runs the operation while nothing else uses the terminal.
    package var conversation:
        (@Sendable (_ failure: StepFailure, _ shell: () async throws -> Void) async throws -> Void)?
    /// Writes an output to standard output.
    package var writeToStandardOutput: @Sendable ([UInt8]) throws -> Void = { _ in }
    /// `SOURCE_DATE_EPOCH`: the latest time in the result.
    package var epoch: Int64?
    /// The size of `/dev/shm`, in bytes.
    package var sharedMemorySize: Int64?
    /// The limits of each step.
    package var limits = StepLimits()
    /// Downloads a URL for ADD into a folder.
    package var download: @Sendable (_ url: String, _ folder: String) async throws -> Download = { url, _ in
        throw ImageError(.failed, "cannot fetch \(url.maskingUserInfo)", "nothing can be fetched here")
    }

    package init() {}

    /// The default for the maximum number of concurrent steps: one for each processor, and at least 16.
    ///
    /// Steps wait as often as they compute. Measured on two processors with steps of three platforms, twelve at a time:
    /// steps that wait get faster with more of them at once, 7.7 s with 2 and 1.6 s with 16 (BuildKit, which has no
    /// limit, 3.4 s); steps that compute take the same processor time, 9.2 s, with 2 or 16 at once. More than 16 made
    /// nothing faster, and each may need memory.
    package static var usualJobs: Int { max(16, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}
