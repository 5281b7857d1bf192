internal import Glibc

/// The user namespace that this process is in, and the ids that it has there (user_namespaces(7)).
package enum UserNamespace {
    /// A capability of root that this process lacks, for error messages.
    package struct Shortcoming: Sendable, Hashable {
        /// As in "the kernel gives this user no user namespace".
        package let reason: String
        /// The package to install, or the setting to ask for.
        package let advice: String

        package init(reason: String, advice: String) {
            self.reason = reason
            self.advice = advice
        }
    }

    /// The number that the machine's own has in `/proc` (the kernel's nsfs.h, `USER_NS_INIT_INO`).
    private static let initialNumber: UInt64 = 0xEFFF_FFFD

    /// True in the machine's own namespace, in which root is the machine's root.
    package static let isInitial: Bool = {
        var status = stat()
        return stat("/proc/self/ns/user", &status) != 0 || UInt64(status.st_ino) == initialNumber
    }()

    /// True if this process is the machine's root.
    package static let isRoot = isInitial && geteuid() == 0

    /// The ids on the machine: the ranges of users and of groups, as the kernel shows them in `uid_map`.
    package static var mapping: String {
        ["uid_map", "gid_map"].map { ranges($0).map(\.description).joined(separator: ",") }.joined(separator: ";")
    }

    /// Returns true if all ids of a ``mapping`` are the same here.
    package static func extends(_ mapping: String) -> Bool {
        let known = ["uid_map", "gid_map"].map { ranges($0).map(\.description) }
        let lists = mapping.split(separator: ";").map { $0.split(separator: ",").map(String.init) }
        return lists.count == known.count && zip(lists, known).allSatisfy { Set($0).isSubset(of: $1) }
    }

    /// Which ids there are, where these are fewer than images have: programs that give files away may go other ways then.
    package static var shortfall: String? {
        if isInitial || has(user: UInt32(UInt16.max), group: UInt32(UInt16.max)) { return nil }
        return ["uid_map", "gid_map"].map { name in
            ranges(name).map { "\($0.inside)+\($0.count)" }.joined(separator: ",")
        }
        .joined(separator: ";")
    }

    /// Returns true if files can belong to a user and a group here, and programs run as them.
    package static func has(user: UInt32, group: UInt32) -> Bool {
        [("uid_map", user), ("gid_map", group)].allSatisfy { name, id in
            ranges(name).contains { id >= $0.inside && id - $0.inside < $0.count }
        }
    }

    /// `nil` where nothing is known to be missing. It is set before there is a second thread, and stays as it is then.
    nonisolated(unsafe) package static var shortcoming: Shortcoming?

    /// A line of `uid_map`.
    private struct Range: CustomStringConvertible {
        let inside: UInt32
        let outside: UInt32
        let count: UInt32

        var description: String { "\(inside) \(outside) \(count)" }
    }

    private static func ranges(_ name: String) -> [Range] {
        let text = (try? File.read("/proc/self/\(name)", limit: 1 << 16)) ?? []
        return text.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let numbers = line.split(separator: UInt8(ascii: " ")).compactMap {
                UInt32(String(decoding: $0, as: UTF8.self))
            }
            return numbers.count == 3 ? Range(inside: numbers[0], outside: numbers[1], count: numbers[2]) : nil
        }
    }
}
