internal import DockerfileLanguage
internal import FileSystem
internal import GRPC

/// The selection of files in the header fields of a call.
struct FileRequest: Sendable {
    /// The name of the tree, as in `context` and `dockerfile`.
    let name: String
    private let included: [String]
    private let excluded: [String]
    private let followed: [String]

    init(_ metadata: [HTTP2Field]) {
        name = metadata["dir-name"] ?? ""
        included = Self.values("include-patterns", metadata)
        excluded = Self.values("exclude-patterns", metadata)
        followed = Self.values("followpaths", metadata)
    }

    /// Each value is a field of its own; a comma is part of it.
    private static func values(_ name: String, _ metadata: [HTTP2Field]) -> [String] {
        let isEncoded = metadata["\(name)-encoded"] == "1"
        return metadata.values(name).map { value in
            String(decoding: isEncoded ? PercentEncoding.decode(value, plusIsSpace: true) : value, as: UTF8.self)
        }
    }

    /// - Parameter folder: The tree, in which symbolic links are followed.
    func filter(in folder: OpenFolder) throws(PathPatterns.Malformed) -> FileFilter {
        var patterns: [String]? = included
        if !followed.isEmpty, let targets = FollowedPaths.patterns(for: followed, in: folder) {
            patterns = FollowedPaths.withoutNested(included + targets)
        }
        return try FileFilter(included: patterns ?? [], excluded: excluded)
    }
}
