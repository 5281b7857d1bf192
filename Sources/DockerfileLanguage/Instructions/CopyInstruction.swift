/// COPY and ADD.
package struct CopyInstruction: Hashable, Sendable {
    /// Whether it is ADD, which also fetches and unpacks; COPY does neither.
    package let isAdd: Bool
    package let sources: [Source]
    package let destination: Word
    /// `--from=`, COPY's: a stage, its number, a named context or an image. Variables mean nothing in it.
    package let from: CopyFrom?
    /// `--chown=`.
    package let owner: Word?
    /// `--chmod=`, octal or symbolic.
    package let mode: Word?
    /// `--link`.
    package let isLinked: Bool
    /// `--exclude=`, patterns as in an ignore file.
    package let excludes: [Word]
    /// `--parents`, COPY's.
    package let keepsParents: Bool
    /// `--checksum=`, ADD's.
    package let checksum: Word?
    /// `--keep-git-dir`, ADD's; `nil` when it is not given.
    package let keepsGitDirectory: Bool?
    /// `--unpack`, ADD's; `nil` when it is not given, and then local archives are unpacked and remote ones are not.
    package let unpack: Bool?

    /// What is copied.
    package enum Source: Hashable, Sendable {
        /// A path in the build context, stage or image; for ADD also what ``RemoteSource`` recognises in it when it has
        /// been expanded. With wildcards, see ``Wildcard``.
        case path(Word)
        /// A file that stands in the Dockerfile; its name is the heredoc's.
        case inline(Heredoc)
    }

    var words: [Word] {
        let paths = sources.compactMap { source -> Word? in
            guard case .path(let word) = source else { return nil }
            return word
        }
        return [owner, mode, checksum].compactMap { $0 } + excludes + paths + [destination]
    }
}

/// What `--from=` names, as it is written.
package struct CopyFrom: Hashable, Sendable {
    package let name: String
    package let range: SourceRange

    package init(name: String, range: SourceRange) {
        self.name = name
        self.range = range
    }
}
