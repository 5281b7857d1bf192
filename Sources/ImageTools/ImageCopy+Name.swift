internal import OCI

extension ImageCopy {
    /// The name of a copy in an archive. Archives have full names, so that they can be loaded under the right name.
    ///
    /// - Returns: The full name, and the tag by which the archive is asked for it; `nil` if there is no such name, or
    ///   the destination is not an archive.
    func name(of destination: Reference, from store: any ImageSource) async throws -> (full: String, tag: String)? {
        guard case .archive(let format, _) = destination.location, destination.digest == nil else { return nil }
        // An archive that is asked for a full name has that name already.
        if format == .docker, destination.tag != nil { return nil }
        guard var name = try await nameOfSource(in: store) else { return nil }
        name.tag = destination.tag ?? name.tag
        guard let tag = name.tag else { return nil }
        let full = "\(name.repository):\(tag)"
        return (full, format == .docker ? full : tag)
    }

    private func nameOfSource(in store: any ImageSource) async throws -> (repository: Repository, tag: String?)? {
        if let repository = source.location.repository {
            return (repository, source.tag ?? (source.digest == nil ? Reference.defaultTag : nil))
        }
        let full = try await (store as? any ImageNaming)?.fullName(of: source.manifestReference)
        guard let full, let name = try? Reference(parsing: full), case .repository(let repository) = name.location
        else { return nil }
        return (repository, name.tag)
    }
}
