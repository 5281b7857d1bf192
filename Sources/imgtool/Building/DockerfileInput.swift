internal import DockerfileLanguage
internal import FileSystem
internal import Glibc
internal import OCI

/// The Dockerfile and the ignore file of a build, as specified on the command line.
struct DockerfileInput {
    let dockerfile: Dockerfile
    let ignored: PathPatterns?
    /// The name of the ignore file.
    let ignoreFile: String

    /// - Parameters:
    ///   - file: The value of `--file`: a path relative to the working directory, or `-` for standard input.
    ///   - context: The folder of the build context.
    /// - Throws: ``ImageError``; ``DockerfileError``.
    init(file: String?, context: String) throws {
        let (path, bytes) = try Self.read(file, in: context)
        dockerfile = try Dockerfile(parsing: bytes, name: path ?? "standard input")
        (ignored, ignoreFile) = try Self.ignored(
            by: (path.map { ["\($0).dockerignore"] } ?? []) + ["\(context)/.dockerignore"])
    }

    /// The patterns of the first existing file, and its name.
    ///
    /// - Throws: ``ImageError``; ``DockerfileError``.
    static func ignored(by files: [String]) throws -> (patterns: PathPatterns?, file: String) {
        for file in files {
            guard let bytes = try content(of: file) else { continue }
            let patterns = try PathPatterns(ignoreFile: bytes, name: file)
            return (patterns.isEmpty ? nil : patterns, file)
        }
        return (nil, ".dockerignore")
    }

    private static func read(_ file: String?, in context: String) throws -> (path: String?, bytes: [UInt8]) {
        if file == "-" { return (nil, try standardInput()) }
        if let file {
            // Files opened by the shell, as with <(…), are not affected by symbolic links.
            let isOpen = ["/dev/fd/", "/dev/stdin", "/proc/self/fd/"].contains(where: file.hasPrefix)
            if isOpen { return (file, try InputFile.read(file, for: "the build")) }
            if let bytes = try content(of: file) { return (file, bytes) }
            if let path = lowercased(file), let bytes = try content(of: path) { return (path, bytes) }
            throw ImageError(
                .usage, "cannot read \(file) for the build", "there is no such file",
                advice: isLink(file) ? "a symbolic link must not lead out of its folder" : nil)
        }
        let names = ["Dockerfile", "dockerfile", "Containerfile"].map { context == "." ? $0 : "\(context)/\($0)" }
        for path in names {
            if let bytes = try content(of: path) { return (path, bytes) }
        }
        throw ImageError(
            .usage, "cannot build \(context)", "it has no Dockerfile",
            advice: names.contains(where: isLink)
                ? "a symbolic link must not lead out of its folder" : "name one with --file")
    }

    /// The content of a file. Symbolic links cannot lead out of its folder, since the folder may be untrusted and lines
    /// of the file appear in logs.
    ///
    /// - Returns: `nil` if the file does not exist.
    private static func content(of path: String) throws(ImageError) -> [UInt8]? {
        let slash = path.lastIndex(of: "/")
        let folder = slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
        do {
            return try File.read(name, below: folder, limit: Dockerfile.maximumSize)
        } catch {
            if error.isMissing { return nil }
            let isOther = error.isNoRegularFile
            throw ImageError(
                isOther ? .usage : .failed, "cannot read \(path) for the build",
                isOther ? "it is not a regular file" : error.reason,
                advice: isOther ? "pipe it to --file -" : nil)
        }
    }

    private static func isLink(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
    }

    /// An existing `dockerfile` in place of a missing `Dockerfile`.
    private static func lowercased(_ file: String) -> String? {
        guard file == "Dockerfile" || file.hasSuffix("/Dockerfile") else { return nil }
        return "\(file.dropLast("Dockerfile".count))dockerfile"
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
