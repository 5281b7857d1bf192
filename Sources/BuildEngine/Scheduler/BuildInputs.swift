package import DockerfileLanguage
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
    package var jobs = 2
    /// Whether nothing that earlier builds have made is used.
    package var ignoresCache = false
    /// Stages, by their labels, of which nothing that earlier builds have made is used.
    package var uncachedStages: Set<String> = []
    /// Is asked, where it is set, when a step has failed: runs the operation while nothing else uses the terminal.
    package var conversation:
        (@Sendable (_ failure: StepFailure, _ shell: () async throws -> Void) async throws -> Void)?
    /// `SOURCE_DATE_EPOCH`: no time stamp of the result is later.
    package var epoch: Int64?
    /// The size of `/dev/shm` in bytes.
    package var sharedMemorySize: Int64?
    /// Fetches what ADD names by a URL, into a folder.
    package var download: @Sendable (_ url: String, _ folder: String) async throws -> Download = { url, _ in
        throw ImageError(.failed, "cannot fetch \(url)", "nothing can be fetched here")
    }

    package init() {}
}
