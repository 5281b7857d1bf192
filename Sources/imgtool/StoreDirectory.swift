internal import Concurrency
internal import FileSystem
internal import Glibc
internal import ImageLayout
internal import OCI
internal import Registry

/// Opens stores, each once, with the options of the command line and the environment.
final class StoreDirectory: ImageStores {
    private let options: RegistryOptions
    private let certificateFolder: String?
    private let notify: @Sendable (RegistryNotice) -> Void
    private let notice: @Sendable (String) -> Void
    private let trace: (@Sendable (String) -> Void)?
    private let opened = Guarded<[Reference.Location: any ImageSource]>([:])
    private let archives = Guarded<[Reference.Location: ArchiveDestination]>([:])
    private let shared = Guarded<Registries?>(nil)
    private let read = Guarded<Set<Reference.Location>>([])

    /// - Parameters:
    ///   - certificateFolder: A `certs.d` folder that takes precedence over the default ones.
    ///   - notice: Called with temporary messages.
    init(
        options: RegistryOptions, certificateFolder: String?, notify: @escaping @Sendable (RegistryNotice) -> Void,
        notice: @escaping @Sendable (String) -> Void, trace: (@Sendable (String) -> Void)?
    ) {
        self.options = options
        self.certificateFolder = certificateFolder
        self.notify = notify
        self.notice = notice
        self.trace = trace
    }

    func source(at location: Reference.Location) throws(ImageError) -> any ImageSource {
        read.withLock { _ = $0.insert(location) }
        return try open(location)
    }

    func store(at location: Reference.Location) throws(ImageError) -> any ImageStore {
        try changeable(try source(at: location), location)
    }

    private func changeable(
        _ source: any ImageSource, _ location: Reference.Location
    ) throws(ImageError) -> any ImageStore {
        guard let store = source as? any ImageStore else {
            throw ImageError(
                .usage, "cannot change \(location)", "archives are written as a whole",
                advice: "copy it to a layout, change it there, and copy that to an archive")
        }
        return store
    }

    /// Opens a store of any kind.
    private func open(_ location: Reference.Location) throws(ImageError) -> any ImageSource {
        if let source = opened.withLock({ $0[location] }) { return source }
        let source: any ImageSource =
            switch location {
            case .repository(let repository): try registries().repository(repository)
            case .layout(let path): LayoutStore(path: path, notice: notice)
            case .stored(let repository): Self.local(notice: notice).repository(repository)
            case .archive(let format, let path): try archive(format, path, location)
            }
        return opened.withLock { opened in
            if let other = opened[location] { return other }
            opened[location] = source
            return source
        }
    }

    func destination(at location: Reference.Location) throws(ImageError) -> any ImageDestination {
        guard case .archive(let format, let path) = location else {
            return try changeable(try open(location), location)
        }
        return try newArchive(format, path, location)
    }

    private func newArchive(
        _ format: Reference.ArchiveFormat, _ path: String, _ location: Reference.Location
    ) throws(ImageError) -> ArchiveDestination {
        if let archive = archives.withLock({ $0[location] }) { return archive }
        let isRead = opened.withLock { $0[location] != nil }
        if isRead, !location.isPipe { throw Self.refusal(of: location) }
        if location.isPipe, isatty(STDOUT_FILENO) == 1 {
            throw ImageError(.usage, "cannot write \(location)", "an archive cannot be written to a terminal")
        }
        let output: ArchiveOutput = location.isPipe ? .stream { try StandardOutput.write($0) } : .file(path)
        return archives.withLock { archives in
            let archive = archives[location] ?? ArchiveDestination(format, to: output, name: location.description)
            archives[location] = archive
            return archive
        }
    }

    /// The locations opened for reading or changing.
    var locationsRead: Set<Reference.Location> { read.withLock { $0 } }

    /// Opens the destination of an image that was built here.
    ///
    /// - Parameter isInsecure: True to accept any certificate, and plain HTTP, for a registry.
    func destination(
        ofBuilds location: Reference.Location, isInsecure: Bool
    ) throws(ImageError) -> any ImageDestination {
        switch location {
        case .stored(let repository): return Self.local(notice: notice).repository(repository, isOfBuilds: true)
        case .repository(let repository) where isInsecure && !options.insecure:
            return try registries(with: nil, isInsecure: true).repository(repository)
        default: return try destination(at: location)
        }
    }

    private func archive(
        _ format: Reference.ArchiveFormat, _ path: String, _ location: Reference.Location
    ) throws(ImageError) -> ArchiveSource {
        if !location.isPipe, archives.withLock({ $0[location] }) != nil { throw Self.refusal(of: location) }
        return ArchiveSource(
            format, path: location.isPipe ? "/dev/stdin" : path, name: location.description,
            scratch: Self.scratch)
    }

    private static func refusal(of location: Reference.Location) -> ImageError {
        ImageError(
            .usage, "cannot write \(location)", "it is also a source, and archives are written as a whole",
            advice: "write to another file")
    }

    /// Completes the archives that were written.
    func finish() async throws {
        for archive in archives.withLock({ Array($0.values) }) { try await archive.finish() }
    }

    /// Removes unfinished archives.
    func abandon() {
        for archive in archives.withLock({ Array($0.values) }) { archive.abandon() }
    }

    /// The local store.
    var local: LocalStore { Self.local(notice: notice) }

    /// The local store.
    static func local(notice: @escaping @Sendable (String) -> Void) -> LocalStore {
        LocalStore(path: localPath(locations), notice: notice)
    }

    /// All registries, configured on first use.
    func registries() throws(ImageError) -> Registries {
        try shared.withLock { (shared) throws(ImageError) in
            if let shared { return shared }
            let registries = try registries(with: nil)
            shared = registries
            return registries
        }
    }

    /// All registries, with the given credential instead of saved ones.
    ///
    /// - Parameter isInsecure: True to accept any certificate, and plain HTTP, regardless of the command line.
    func registries(with credential: Credential?, isInsecure: Bool = false) throws(ImageError) -> Registries {
        let locations = Self.locations
        var options = options
        options.insecure = options.insecure || isInsecure
        return Registries(
            userAgent: "imgtool/\(Version.text)", options: options,
            credentials: CredentialStore(locations, given: credential),
            configuration: try RegistriesConfiguration(locations),
            certificates: CertificateFolders(locations, extra: certificateFolder), notify: notify, trace: trace)
    }

    /// The folder for large files that are needed while the program runs.
    static var scratch: String { locations.environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? "/var/tmp" }

    /// The locations of this user's configuration.
    static var locations: ConfigurationLocations {
        var variables: [String: String] = [:]
        var next = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            if let equals = text.firstIndex(of: "=") {
                variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            next += 1
        }
        let home = variables["HOME"] ?? getpwuid(getuid()).map { String(cString: $0.pointee.pw_dir) } ?? "/"
        return ConfigurationLocations(environment: variables, home: home)
    }

    /// The folder of the local store: `$IMGTOOL_STORE`, else `imgtool/images` in `$XDG_DATA_HOME` or `~/.local/share`.
    private static func localPath(_ locations: ConfigurationLocations) -> String {
        if let path = locations.environment["IMGTOOL_STORE"], !path.isEmpty { return path }
        let data = locations.environment["XDG_DATA_HOME"] ?? ""
        // The XDG Base Directory Specification requires relative paths to be ignored.
        return (data.hasPrefix("/") ? data : "\(locations.home)/.local/share") + "/imgtool/images"
    }
}
