/// Parsers for `/etc/passwd` and `/etc/group` (passwd(5), group(5)).
///
/// As in Docker, missing fields are empty, surrounding white space is ignored, and an empty number is 0; but a user
/// without a number is skipped.
package enum UserDatabase {
    package struct User: Sendable, Hashable {
        package let name: String
        package let uid: UInt32
        package let gid: UInt32
        /// Empty if unknown.
        package let home: String
    }

    package struct Group: Sendable, Hashable {
        package let name: String
        package let gid: UInt32
        package let members: [Substring]
    }

    /// - Parameter passwd: The content of `/etc/passwd`.
    package static func users(_ passwd: some Sequence<UInt8>) -> [User] {
        lines(passwd).compactMap { fields in
            guard let uid = UInt32(fields[2]), let gid = number(fields[3]) else { return nil }
            return User(name: String(fields[0]), uid: uid, gid: gid, home: String(fields[5]))
        }
    }

    /// - Parameter group: The content of `/etc/group`.
    package static func groups(_ group: some Sequence<UInt8>) -> [Group] {
        lines(group).compactMap { fields in
            UInt32(fields[2]).map {
                Group(name: String(fields[0]), gid: $0, members: fields[3].split(separator: ","))
            }
        }
    }

    /// The fields of each line, padded to at least seven.
    private static func lines(_ content: some Sequence<UInt8>) -> [[Substring]] {
        String(decoding: Array(content), as: UTF8.self).split(whereSeparator: \.isNewline).map { line in
            var line = line.drop(while: \.isWhitespace)
            while line.last?.isWhitespace == true { line.removeLast() }
            let fields = line.split(separator: ":", omittingEmptySubsequences: false)
            return fields + Array(repeating: "", count: max(0, 7 - fields.count))
        }
    }

    private static func number(_ field: Substring) -> UInt32? { field.isEmpty ? 0 : UInt32(field) }
}
