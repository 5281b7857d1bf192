/// A mount of RUN with defaults filled in ("RUN --mount").
package struct Mount: Hashable, Sendable {
    package let kind: Kind
    /// The mount point: absolute, or relative to the working directory. `nil` if the type has a default of its own.
    package let target: String?
    package let range: SourceRange

    package enum Kind: Hashable, Sendable {
        /// Files of the build context or of ``RunMount/from``. Changes are discarded.
        case bind(source: String, isReadOnly: Bool)
        case cache(Cache)
        /// - Parameter size: The maximum size, in bytes; 0 for no limit.
        case tmpfs(size: Int64, isReadOnly: Bool)
        case secret(Secret)
        case ssh(SSH)
    }

    /// A directory that outlives the build and is not part of any image.
    package struct Cache: Hashable, Sendable {
        /// The identity of the cache; by default the cleaned target.
        package let id: String
        package let sharing: Sharing
        package let isReadOnly: Bool
        /// The directory of ``RunMount/from`` with which a new cache starts.
        package let source: String
        /// The permissions of a new cache.
        package let permissions: Permissions

        package init(id: String, sharing: Sharing, isReadOnly: Bool, source: String, permissions: Permissions) {
            self.id = id
            self.sharing = sharing
            self.isReadOnly = isReadOnly
            self.source = source
            self.permissions = permissions
        }
    }

    /// `sharing=`: the behaviour when several steps need the same cache at the same time.
    package enum Sharing: String, Hashable, Sendable, CaseIterable {
        case shared
        case `private`
        case locked
    }

    /// A secret of the build, as a file, a variable or both.
    package struct Secret: Hashable, Sendable {
        package let id: String
        /// The name of the variable.
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

    /// The owner and mode of a mount.
    package struct Permissions: Hashable, Sendable {
        package let mode: UInt32
        package let user: UInt32
        package let group: UInt32
        /// True if any of the three was set explicitly: different permissions mean a different cache.
        package let areExplicit: Bool

        package init(mode: UInt32, user: UInt32, group: UInt32, areExplicit: Bool) {
            self.mode = mode
            self.user = user
            self.group = group
            self.areExplicit = areExplicit
        }
    }
}
