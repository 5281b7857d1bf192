package import OCI

/// The change of permissions by `--chmod`: an octal number replaces them, symbolic modes change them as in chmod(1).
package struct ModeChange: Sendable, Hashable {
    private enum Form: Hashable {
        case whole(UInt16)
        case clauses([Clause])
    }

    /// A single change, such as `go-w`.
    private struct Clause: Hashable {
        enum Operation: Hashable { case add, remove, set }

        /// The affected bits: those of user, group and others, and the special ones.
        var who: UInt16
        var operation: Operation
        /// The bits for all three.
        var bits: UInt16 = 0
        /// `X`: execution for folders, and for files that are executable already.
        var isConditional = false
        /// `u`, `g` or `o` on the right: the shift of the permissions to copy.
        var copied: UInt16?
    }

    private let form: Form

    /// - Parameter text: An octal number up to 07777, or symbolic modes such as `u+x`, `go-w`, `a=rX`, separated by
    ///   commas. Without letters before the sign, all are affected, regardless of the umask.
    /// - Throws: ``OCI/ImageError`` if it is neither.
    package init(parsing text: String) throws(ImageError) {
        if let first = text.utf8.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) {
            guard let mode = UInt16(text, radix: 8), mode <= 0o7777 else { throw Self.malformed(text) }
            form = .whole(mode)
            return
        }
        var clauses: [Clause] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let parsed = Self.clauses(part) else { throw Self.malformed(text) }
            clauses += parsed
        }
        form = .clauses(clauses)
    }

    /// The new permissions.
    ///
    /// - Parameter mode: The old permissions, 0 to 0o7777.
    package func applied(to mode: UInt16, isFolder: Bool) -> UInt16 {
        switch form {
        case .whole(let whole): whole
        case .clauses(let clauses): clauses.reduce(mode) { Self.apply($1, to: $0, isFolder) }
        }
    }

    /// The permissions of new parent folders: those of an octal number, without its special bits.
    package var ofNewFolders: UInt16 {
        switch form {
        case .whole(let whole): whole & 0o777
        case .clauses: FolderAttributes().mode
        }
    }

    private static func apply(_ clause: Clause, to mode: UInt16, _ isFolder: Bool) -> UInt16 {
        var bits = clause.bits
        if clause.isConditional, isFolder || mode & 0o111 != 0 { bits |= 0o111 }
        if let shift = clause.copied { bits |= (mode >> shift & 0o7) * 0o111 }
        bits &= clause.who
        switch clause.operation {
        case .add: return mode | bits
        case .remove: return mode & ~bits
        case .set: return mode & ~clause.who | bits
        }
    }

    /// Parses a part between commas, which may contain several changes, as in `u+r-x`.
    private static func clauses(_ text: Substring) -> [Clause]? {
        var rest = text[...]
        var who: UInt16 = 0
        while let letter = rest.first, let bits = Self.who(letter) {
            who |= bits
            rest.removeFirst()
        }
        if who == 0 { who = 0o7777 }
        var clauses: [Clause] = []
        while let sign = rest.popFirst() {
            guard let operation: Clause.Operation = ["+": .add, "-": .remove, "=": .set][sign] else { return nil }
            var clause = Clause(who: who, operation: operation)
            while let letter = rest.first, !"+-=".contains(letter) {
                guard read(letter, into: &clause) else { return nil }
                rest.removeFirst()
            }
            clauses.append(clause)
        }
        return clauses.isEmpty ? nil : clauses
    }

    private static func who(_ letter: Character) -> UInt16? {
        switch letter {
        case "u": 0o4700
        case "g": 0o2070
        case "o": 0o1007
        case "a": 0o7777
        default: nil
        }
    }

    private static func read(_ letter: Character, into clause: inout Clause) -> Bool {
        switch letter {
        case "r": clause.bits |= 0o444
        case "w": clause.bits |= 0o222
        case "x": clause.bits |= 0o111
        case "X": clause.isConditional = true
        case "s": clause.bits |= 0o6000
        case "t":
            clause.bits |= 0o1000
            // The sticky bit is independent of users: `u+t` sets it as well.
            clause.who |= 0o1000
        case "u": clause.copied = 6
        case "g": clause.copied = 3
        case "o": clause.copied = 0
        default: return false
        }
        return true
    }

    private static func malformed(_ text: String) -> ImageError {
        ImageError(
            .usage, "cannot use --chmod=\(text)",
            "it is neither an octal number up to 07777 nor a symbolic mode such as u+x",
            advice: "write a mode like 0755, or a change like u=rwX,go=rX")
    }
}
