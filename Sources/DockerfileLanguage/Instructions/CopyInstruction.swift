/// COPY and ADD.
package struct CopyInstruction: Hashable, Sendable {
    /// True for ADD, which also fetches and unpacks; COPY does neither.
    package let isAdd: Bool
    package let sources: [Source]
    package let destination: Word
    /// COPY's `--from=`: a stage, its number, a named context or an image. Variables are not expanded.
    package let from: CopyFrom?
    /// `--chown=`.
    package let owner: Word?
    /// `--chmod=`, octal or symbolic.
    package let mode: Word?
    /// `--link`.
    package let isLinked: Bool
    /// `--exclude=`, patterns as in a `.dockerignore` file.
    package let excludes: [Word]
    /// COPY's `--parents`.
    package let keepsParents: Bool
    /// ADD's `--checksum=`.
    package let checksum: Word?
    /// ADD's `--keep-git-dir`; `nil` if absent.
    package let keepsGitDirectory: Bool?
    /// ADD's `--unpack`; `nil` if absent, which means to unpack local archives but not remote ones.
    package let unpack: Bool?

    /// A source of COPY or ADD.
    package enum Source: Hashable, Sendable {
        /// A path in the build context, stage or image; for ADD also anything that ``RemoteSource`` recognises after
        /// expansion. For wildcards, see ``Wildcard``.
        case path(Word)
        /// A heredoc, whose name becomes the file's name.
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

/// The value of `--from=`, as written.
package struct CopyFrom: Hashable, Sendable {
    package let name: String
    package let range: SourceRange

    package init(name: String, range: SourceRange) {
        self.name = name
        self.range = range
    }
}
