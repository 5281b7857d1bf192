package import DockerfileLanguage
package import OCI

/// One thing that a build does. Steps that are equal are one step, whatever platform and stage asks for them.
package struct BuildStep: Sendable, Hashable {
    package let work: Work
    /// The step whose files it starts with, by its place in ``PlannedBuild/steps``; `nil` for no files.
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

    /// The other steps whose files it needs.
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
    /// `NAME=value` each.
    package var environment: [String]
    /// Proxies, which the program sees and nothing depends on.
    package var proxies: [String]
    package var workingFolder: String
    /// As USER has it; empty for root.
    package var user: String
    /// What the machine of the step is called, where the build says so.
    package var hostname: String?
    package var network: RunInstruction.Network
    package var security: RunInstruction.Security
    package var mounts: [PlannedMount]
    /// The platform that the program is of.
    package var platform: Platform
}

/// A mount of RUN, its values expanded and its source found.
package struct PlannedMount: Sendable, Hashable {
    package enum Kind: Sendable, Hashable {
        /// A file or folder, by its absolute path in the source; what is written to it is thrown away.
        case bind(FileSource, path: String, isReadOnly: Bool)
        /// - Parameter source: What a new cache starts with.
        case cache(Mount.Cache, source: FileSource?)
        /// - Parameter size: In bytes; 0 for no limit.
        case memory(size: Int64)
        case secret(Mount.Secret)
        case ssh(Mount.SSH)
        /// A file that the step sees and that is not in its result: a script.
        case file([UInt8], mode: UInt32)
    }

    package let kind: Kind
    /// An absolute path; `nil` for a secret that is only a variable, and for an agent in its usual place.
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
    /// An absolute path; a slash at its end means a folder.
    package var destination: String
    /// `--chown=`: names or numbers.
    package var owner: String?
    /// `--chmod=`: octal or symbolic.
    package var mode: String?
    package var isLinked: Bool
    package var excludes: [String]
    package var keepsParents: Bool
    /// Whether archives are unpacked; `nil` for those that are not fetched, as ADD does when nothing is said.
    package var extracts: Bool?
    /// What the one remote source must be.
    package var checksum: String?
}

/// WORKDIR: a folder that is made if it does not exist.
package struct FolderWork: Sendable, Hashable {
    /// Absolute and clean.
    package var path: String
    /// As USER has it; empty for root.
    package var owner: String
}
