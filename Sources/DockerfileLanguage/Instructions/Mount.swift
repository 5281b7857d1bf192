/// A mount of RUN, with its defaults ("RUN --mount").
package struct Mount: Hashable, Sendable {
    package let kind: Kind
    /// Where it is seen: absolute, or relative to the working directory. `nil` where the kind has a place of its own.
    package let target: String?
    package let range: SourceRange

    package enum Kind: Hashable, Sendable {
        /// Files of the build context, or of what ``RunMount/from`` names. What is written is thrown away.
        case bind(source: String, isReadOnly: Bool)
        case cache(Cache)
        /// - Parameter size: The most it may hold, in bytes; 0 for no limit.
        case tmpfs(size: Int64, isReadOnly: Bool)
        case secret(Secret)
        case ssh(SSH)
    }

    /// A directory that outlives the build and belongs to no image.
    package struct Cache: Hashable, Sendable {
        /// What tells it from others: the cleaned target unless it is said.
        package let id: String
        package let sharing: Sharing
        package let isReadOnly: Bool
        /// The directory of ``RunMount/from`` that a new one starts with.
        package let source: String
        /// What a new one is given.
        package let permissions: Permissions

        package init(id: String, sharing: Sharing, isReadOnly: Bool, source: String, permissions: Permissions) {
            self.id = id
            self.sharing = sharing
            self.isReadOnly = isReadOnly
            self.source = source
            self.permissions = permissions
        }
    }

    /// `sharing=`: what happens when several steps want the same cache at the same time.
    package enum Sharing: String, Hashable, Sendable, CaseIterable {
        case shared
        case `private`
        case locked
    }

    /// A secret of the build, as a file, as a variable, or as both.
    package struct Secret: Hashable, Sendable {
        package let id: String
        /// The variable's name.
        package let variable: String?
        package let isRequired: Bool
        package let permissions: Permissions

        package init(id: String, variable: String?, isRequired: Bool, permissions: Permissions) {
            self.id = id
            self.variable = variable
            self.isRequired = isRequired
            self.permissions = permissions
        }
    }

    /// The socket of an SSH agent.
    package struct SSH: Hashable, Sendable {
        package let id: String
        package let isRequired: Bool
        package let permissions: Permissions

        package init(id: String, isRequired: Bool, permissions: Permissions) {
            self.id = id
            self.isRequired = isRequired
            self.permissions = permissions
        }
    }

    /// Owner and mode of what is mounted.
    package struct Permissions: Hashable, Sendable {
        package let mode: UInt32
        package let user: UInt32
        package let group: UInt32
        /// Whether any of the three was said: a cache of other permissions is another cache.
        package let areExplicit: Bool

        package init(mode: UInt32, user: UInt32, group: UInt32, areExplicit: Bool) {
            self.mode = mode
            self.user = user
            self.group = group
            self.areExplicit = areExplicit
        }
    }
}
