internal import OCI

extension ImageCopy {
    /// What a copy is called in an archive: archives have full names, so that whoever loads one knows what is in it.
    ///
    /// - Returns: The full name, and how the archive is asked for it; `nil` where there is no such name, or it is not
    ///   for an archive.
    func name(in place: any ImageSource) async throws -> (full: String, tag: String)? {
        guard case .archive(let format, _) = destination.location, destination.digest == nil else { return nil }
        // What is asked for there by a full name has it.
        if format == .docker, destination.tag != nil { return nil }
        guard var name = try await nameOfSource(in: place) else { return nil }
        name.tag = destination.tag ?? name.tag
        guard let tag = name.tag else { return nil }
        let full = "\(name.repository):\(tag)"
        return (full, format == .docker ? full : tag)
    }

    private func nameOfSource(in place: any ImageSource) async throws -> (repository: Repository, tag: String?)? {
        switch source.location {
        case .repository(let repository), .stored(let repository):
            return (repository, source.tag ?? (source.digest == nil ? Reference.defaultTag : nil))
        case .layout, .archive:
            let full = try await (place as? any ImageNaming)?.fullName(of: source.manifestReference)
            guard let full, let name = try? Reference(parsing: full), case .repository(let repository) = name.location
            else { return nil }
            return (repository, name.tag)
        }
    }
}
