/// A Git repository as a source of ADD or a build context ("ADD", "Adding files from a Git repository").
package struct GitReference: Hashable, Sendable {
    /// The URL for `git clone`.
    package let remote: String
    /// A branch, tag or commit; `nil` for the default branch.
    package private(set) var ref: String?
    /// The directory in the repository; `nil` for its root.
    package private(set) var directory: String?
    /// The expected commit, or the beginning of it.
    package private(set) var checksum: String?
    /// True to keep `.git`; `nil` if the reference does not specify it.
    package private(set) var keepsGitDirectory: Bool?
    /// True to fetch submodules; `nil` if the reference does not specify it.
    package private(set) var fetchesSubmodules: Bool?

    /// A Git reference that is invalid.
    package struct Unusable: Error, Hashable, Sendable, CustomStringConvertible {
        package let description: String
    }

    /// Parses `https://…/x.git`, `git://…`, `ssh://…` and `user@host:path`, each with `?ref=…&subdir=…` and
    /// `#ref:directory`.
    ///
    /// - Parameter isRepository: True if an `http` URL is known to be a repository. Otherwise its path must end in
    ///   `.git`, which may be all of it.
    /// - Returns: `nil` for anything but a Git reference.
    /// - Throws: ``Unusable`` for unknown or contradictory options.
    package init?(parsing text: String, isRepository: Bool = false) throws(Unusable) {
        let parts = text.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let address = parts[0].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        remote = String(address[0])
        guard Self.isRepository(remote, isKnown: isRepository) else { return nil }
        if parts.count > 1 {
            let fragment = parts[1].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            ref = fragment.first.flatMap { $0.isEmpty ? nil : String($0) }
            directory = fragment.count > 1 && !fragment[1].isEmpty ? String(fragment[1]) : nil
        }
        if address.count > 1 { try readOptions(address[1]) }
    }

    /// The name of the directory that git would create.
    package var shortName: String {
        let name = remote.split { $0 == "/" || $0 == ":" }.last ?? ""
        return String(name.hasSuffix(".git") ? name.dropLast(4) : name)
    }

    private static func isRepository(_ remote: String, isKnown: Bool) -> Bool {
        if let scheme = remote.firstRange(of: "://") {
            let path = remote[scheme.upperBound...].drop { $0 != "/" }
            switch remote[..<scheme.lowerBound].lowercased() {
            case "http", "https": return isKnown || decoded(path).hasSuffix(".git")
            case "git", "ssh": return true
            default: return false
            }
        }
        let parts = remote.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let colon = parts[1].firstIndex(of: ":") else { return false }
        func isName(_ text: Substring, _ others: String) -> Bool {
            !text.isEmpty && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || others.contains($0)) }
        }
        return isName(parts[0], "-_") && isName(parts[1][..<colon], "-.")
    }

    private mutating func readOptions(_ query: Substring) throws(Unusable) {
        var seen: Set<String> = []
        var tag: String?
        var branch: String?
        for option in query.split(separator: "&") {
            let pair = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let (key, value) = (String(pair[0]), pair.count > 1 ? Self.decoded(pair[1]) : "")
            guard seen.insert(key).inserted else { throw Unusable(description: "\(key) is given twice") }
            let isFlag = key == "keep-git-dir" || key == "submodules"
            guard isFlag || !value.isEmpty else { throw Unusable(description: "\(key) has no value") }
            switch key {
            case "ref": ref = try agreed(key, ref, value)
            case "tag": tag = value.hasPrefix("refs/tags/") ? value : "refs/tags/" + value
            case "branch": branch = value.hasPrefix("refs/heads/") ? value : "refs/heads/" + value
            case "subdir": directory = try agreed(key, directory, value)
            case "checksum", "commit": checksum = value
            case "keep-git-dir": keepsGitDirectory = try truth(key, value)
            case "submodules": fetchesSubmodules = try truth(key, value)
            default: throw Unusable(description: "there is no option \(key)")
            }
        }
        if tag != nil, branch != nil { throw Unusable(description: "it has a tag and a branch") }
        if let name = tag ?? branch { ref = try agreed("ref", ref, name) }
        ref = ref ?? checksum
    }

    private func agreed(_ key: String, _ old: String?, _ new: String) throws(Unusable) -> String {
        guard let old, old != new else { return new }
        throw Unusable(description: "it has two values of \(key), \(old) and \(new)")
    }

    private func truth(_ key: String, _ value: String) throws(Unusable) -> Bool {
        guard let truth = value.isEmpty ? true : Flag.truth(of: value) else {
            throw Unusable(description: "\(key) is neither true nor false")
        }
        return truth
    }

    /// Decodes the percent-encoding of a URL's query.
    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            if byte == UInt8(ascii: "%"), digits.utf8.count == 2, let value = UInt8(digits, radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
