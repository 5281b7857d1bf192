package import DockerfileLanguage
package import Executor
internal import Glibc
internal import OCI

/// What a build is given from outside, beside its plan.
package struct BuildInputs: Sendable {
    /// A folder of this machine that files are taken from.
    package struct Context: Sendable {
        /// An absolute path.
        package let folder: String
        package let ignored: PathPatterns?
        /// What people call the file that the patterns are from.
        package let ignoreFile: String

        package init(folder: String, ignored: PathPatterns? = nil, ignoreFile: String = ".dockerignore") {
            self.folder = folder
            self.ignored = ignored
            self.ignoreFile = ignoreFile
        }
    }

    /// A file that ADD has fetched.
    package struct Download: Sendable {
        /// Where it lies.
        package let path: String
        package let name: String
        /// When the server says that it was changed, in seconds since 1970.
        package let modified: Int64?

        package init(path: String, name: String, modified: Int64?) {
            self.path = path
            self.name = name
            self.modified = modified
        }
    }

    /// By name; the build context has the empty one.
    package var contexts: [String: Context] = [:]
    /// The content of `--secret`, by id.
    package var secrets: [String: [UInt8]] = [:]
    /// What tells the cache mounts of one user of the cache from those of others.
    package var cacheNamespace = ""
    package var extraHosts: [SandboxSpec.HostAddress] = []
    /// How many steps run at once.
    package var jobs = usualJobs
    /// Whether nothing that earlier builds have made is used.
    package var ignoresCache = false
    /// Stages, by their labels, of which nothing that earlier builds have made is used.
    package var uncachedStages: Set<String> = []
    /// Is asked, where it is set, when a step has failed: runs the operation while nothing else uses the terminal.
    package var conversation:
        (@Sendable (_ failure: StepFailure, _ shell: () async throws -> Void) async throws -> Void)?
    /// Writes to standard output what an output wants there.
    package var writeToStandardOutput: @Sendable ([UInt8]) throws -> Void = { _ in }
    /// `SOURCE_DATE_EPOCH`: no time stamp of the result is later.
    package var epoch: Int64?
    /// The size of `/dev/shm` in bytes.
    package var sharedMemorySize: Int64?
    /// Fetches what ADD names by a URL, into a folder.
    package var download: @Sendable (_ url: String, _ folder: String) async throws -> Download = { url, _ in
        throw ImageError(.failed, "cannot fetch \(url.maskingUserInfo)", "nothing can be fetched here")
    }

    package init() {}

    /// How many steps run at once where nobody says so: one for each processor, and at least 16.
    ///
    /// Steps wait as often as they compute. Measured on two processors with steps of three platforms, twelve at a time: those
    /// that wait take as much less time as there are more at once, 7.7 s with 2 and 1.6 s with 16 (BuildKit, which has no
    /// limit, 3.4 s); those that compute take the same time of the processors, 9.2 s, whether 2 or 16 do so at once. More
    /// than 16 made nothing faster, and each may take memory.
    package static var usualJobs: Int { max(16, sysconf(Int32(_SC_NPROCESSORS_ONLN))) }
}
