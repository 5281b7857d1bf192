/// A path resolved inside a root, as by chroot(2): neither `..` nor a symbolic link leads out.
package struct RootedPath: Sendable, Hashable {
    /// The kind of file that a name belongs to.
    package enum Status: Sendable, Hashable {
        case absent, folder
        case link(target: [UInt8])
        /// Anything else.
        case other
    }

    /// The reason that a path cannot be resolved.
    package enum Failure: Error, Sendable, Hashable {
        /// A component of the path, with these names, is not a folder.
        case notAFolder([[UInt8]])
        case tooManyLinks([[UInt8]])
    }

    /// The resolved names from the root, none of them a symbolic link, except that a last link may remain if it is not
    /// followed.
    package let names: [[UInt8]]
    /// The number of names that exist.
    package let existing: Int
    /// The status of the file at the names.
    package let status: Status

    package var exists: Bool { existing == names.count }

    /// Resolves a path.
    ///
    /// Names below a missing one are not looked up. They may be kept nevertheless; `..` then removes them again.
    ///
    /// - Parameters:
    ///   - path: Names separated by slashes.
    ///   - followsLast: True to follow a symbolic link at the end as well.
    ///   - passesAbsent: True to keep names below a missing one.
    ///   - mostLinks: The maximum number of symbolic links in the path.
    ///   - look: Returns the status of the file at some names; all but the last one are folders.
    /// - Throws: ``Failure``; the error of `look`.
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

    /// The components of a path, including `..` but not `.`.
    package static func names(of path: [UInt8]) -> [[UInt8]] {
        path.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual(".".utf8) }.map(Array.init)
    }
}
