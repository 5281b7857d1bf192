/// A path that is followed inside a root, as chroot(2) would have it: neither `..` nor a symbolic link leads out.
package struct RootedPath: Sendable, Hashable {
    /// What a name stands for.
    package enum Status: Sendable, Hashable {
        case absent, folder
        case link(target: [UInt8])
        /// Anything else.
        case other
    }

    /// Why a path leads nowhere.
    package enum Failure: Error, Sendable, Hashable {
        /// A path leads through something that is not a folder, which these names stand for.
        case notAFolder([[UInt8]])
        case tooManyLinks([[UInt8]])
    }

    /// The names on the way from the root, none of them a symbolic link, unless the last one is and is not followed.
    package let names: [[UInt8]]
    /// The number of names that exist.
    package let existing: Int
    /// The status of what the names stand for.
    package let status: Status

    package var exists: Bool { existing == names.count }

    /// Follows a path.
    ///
    /// Names below what is absent are not looked at. They may be followed all the same; then `..` takes them away again.
    ///
    /// - Parameters:
    ///   - path: Names with slashes between them.
    ///   - followsLast: Whether a symbolic link at the end is followed, too.
    ///   - passesAbsent: Whether names below what is absent are followed.
    ///   - mostLinks: The number of symbolic links that the path may lead through.
    ///   - look: The status of what is at some names; all but the last one are folders.
    /// - Throws: ``Failure``, and what `look` throws.
    package init(
        _ path: [UInt8], followsLast: Bool = true, passesAbsent: Bool = true, mostLinks: Int,
        look: ([[UInt8]]) throws -> Status
    ) throws {
        var pending = Array(Self.names(of: path).reversed())
        var names: [[UInt8]] = []
        var existing = 0
        var status = Status.folder
        var links = 0
        while let name = pending.popLast() {
            if name.elementsEqual("..".utf8) {
                guard existing < names.count || status == .folder else { throw Failure.notAFolder(names) }
                _ = names.popLast()
                if existing >= names.count { (existing, status) = (names.count, .folder) }
                continue
            }
            guard existing == names.count else {
                names.append(name)
                continue
            }
            guard status == .folder else { throw Failure.notAFolder(names) }
            names.append(name)
            status = try look(names)
            switch status {
            case .absent: if !passesAbsent { pending = [] }
            case .link(let target) where followsLast || !pending.isEmpty:
                links += 1
                guard links <= mostLinks else { throw Failure.tooManyLinks(names) }
                names.removeLast()
                if target.first == UInt8(ascii: "/") { names = [] }
                (existing, status) = (names.count, .folder)
                pending += Self.names(of: target).reversed()
            case .folder, .other, .link: existing = names.count
            }
        }
        (self.names, self.existing, self.status) = (names, existing, status)
    }

    /// The names in a path; `..` is one, `.` is none.
    package static func names(of path: [UInt8]) -> [[UInt8]] {
        path.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual(".".utf8) }.map(Array.init)
    }
}
