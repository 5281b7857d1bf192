package import DockerfileLanguage
package import OCI

/// A step of a build. Equal steps are one step, whichever platforms and stages need them.
package struct BuildStep: Sendable, Hashable {
    package let work: Work
    /// The step whose files this one starts with, as an index into ``PlannedBuild/steps``; `nil` for no files.
    package let base: Int?

    package enum Work: Sendable, Hashable {
        /// The files of an image.
        case image(BaseImage)
        case run(RunWork)
        case copy(CopyWork)
        case folder(FolderWork)
    }

    package init(_ work: Work, on base: Int? = nil) {
        self.work = work
        self.base = base
    }

    /// The other steps whose files this one needs.
    package var sources: [Int] {
        let sources: [FileSource] =
            switch work {
            case .image, .folder: []
            case .run(let run): run.mounts.compactMap(\.source)
            case .copy(let copy): copy.sources.compactMap(\.tree)
            }
        return sources.compactMap { if case .step(let step) = $0 { step } else { nil } }
    }
}

/// RUN: a program in a sandbox.
package struct RunWork: Sendable, Hashable {
    /// The program and its arguments.
    package var arguments: [String]
    /// Strings `NAME=value`.
    package var environment: [String]
    /// Proxies, which are not part of the step's identity.
    package var proxies: [String]
    package var workingFolder: String
    /// The value of USER; empty for root.
    package var user: String
    /// The host name; `nil` for the default.
    package var hostname: String?
    package var network: RunInstruction.Network
    package var security: RunInstruction.Security
    package var mounts: [PlannedMount]
    /// The platform of the program.
    package var platform: Platform
}

/// A mount of RUN, with its values expanded and its source resolved.
package struct PlannedMount: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// A file or folder, by its absolute path in the source. Changes are discarded.
        case bind(FileSource, path: String, isReadOnly: Bool)
        /// - Parameter source: The initial content of a new cache.
        case cache(Mount.Cache, source: FileSource?)
        /// - Parameter size: In bytes; 0 for no limit.
        case memory(size: Int64)
        case secret(Mount.Secret)
        case ssh(Mount.SSH)
        /// A file visible to the step, but not part of its result: a script.
        case file([UInt8], mode: UInt32)
    }

    package let kind: Kind
    /// An absolute path; `nil` for a secret that is only a variable, and for an SSH agent at its default path.
    package let target: String?

    var source: FileSource? {
        switch kind {
        case .bind(let source, _, _): source
        case .cache(_, let source): source
        case .memory, .secret, .ssh, .file: nil
        }
    }
}

/// COPY and ADD.
package struct CopyWork: Sendable, Hashable {
    package enum Source: Sendable, Hashable {
        case path(FileSource, String)
        case inline(name: String, content: String)
        case url(String)

        var tree: FileSource? { if case .path(let tree, _) = self { tree } else { nil } }
    }

    package var sources: [Source]
    /// An absolute path; a trailing slash means a folder.
    package var destination: String
    /// `--chown=`: names or numbers.
    package var owner: String?
    /// `--chmod=`: octal or symbolic.
    package var mode: String?
    package var isLinked: Bool
    package var excludes: [String]
    package var keepsParents: Bool
    /// True to unpack archives; `nil` for ADD's default, which unpacks those that are not fetched.
    package var extracts: Bool?
    /// The expected checksum of the only, remote source.
    package var checksum: String?
}

/// WORKDIR: a folder that is created if it does not exist.
package struct FolderWork: Sendable, Hashable {
    /// Absolute and clean.
    package var path: String
    /// The value of USER; empty for root.
    package var owner: String
}
