internal import DockerfileLanguage
internal import FileSystem
internal import Glibc
internal import OCI

/// The Dockerfile of a build and what its context leaves out, as the command line names them.
struct DockerfileInput {
    let dockerfile: Dockerfile
    let ignored: PathPatterns?
    /// What the file with the patterns is called.
    let ignoreFile: String

    /// - Parameters:
    ///   - file: What `--file` says: a path, from the working directory; `-` for standard input.
    ///   - context: The folder of the build context.
    /// - Throws: ``ImageError``; ``DockerfileError``.
    init(file: String?, context: String) throws {
        let (path, bytes) = try Self.read(file, in: context)
        dockerfile = try Dockerfile(parsing: bytes, name: path ?? "standard input")
        (ignored, ignoreFile) = try Self.ignored(
            by: (path.map { ["\($0).dockerignore"] } ?? []) + ["\(context)/.dockerignore"])
    }

    /// The patterns of the first of some files that is there, and what it is called.
    ///
    /// - Throws: ``ImageError``; ``DockerfileError``.
    static func ignored(by files: [String]) throws -> (patterns: PathPatterns?, file: String) {
        guard let found = files.first(where: { access($0, F_OK) == 0 }) else { return (nil, ".dockerignore") }
        let patterns = try PathPatterns(ignoreFile: try InputFile.read(found, for: "the build"), name: found)
        return (patterns.isEmpty ? nil : patterns, found)
    }

    private static func read(_ file: String?, in context: String) throws -> (path: String?, bytes: [UInt8]) {
        if file == "-" { return (nil, try standardInput()) }
        if let file {
            let path = lowercased(file) ?? file
            return (path, try InputFile.read(path, for: "the build"))
        }
        let names = ["Dockerfile", "dockerfile", "Containerfile"].map { context == "." ? $0 : "\(context)/\($0)" }
        guard let path = names.first(where: { access($0, F_OK) == 0 }) else {
            throw ImageError(
                .usage, "cannot build \(context)", "it has no Dockerfile", advice: "name one with --file")
        }
        return (path, try InputFile.read(path, for: "the build"))
    }

    /// The `dockerfile` that is there in the place of a `Dockerfile` that is not.
    private static func lowercased(_ file: String) -> String? {
        guard file == "Dockerfile" || file.hasSuffix("/Dockerfile"), access(file, F_OK) != 0 else { return nil }
        let other = "\(file.dropLast("Dockerfile".count))dockerfile"
        return access(other, F_OK) == 0 ? other : nil
    }

    private static func standardInput() throws(ImageError) -> [UInt8] {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(STDIN_FILENO, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw ImageError(.failed, "cannot read standard input", String(cString: strerror(errno)))
            }
            if count == 0 { return bytes }
            bytes += piece[..<count]
            guard bytes.count <= Dockerfile.maximumSize else {
                throw ImageError(.usage, "cannot read the Dockerfile from standard input", "it is too long to be one")
            }
        }
    }
}
