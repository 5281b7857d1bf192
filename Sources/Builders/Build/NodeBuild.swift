package import BuildEngine
internal import BuildKit
package import BuildPlan
internal import Concurrency
package import DockerfileLanguage
internal import FileSystem
internal import Glibc
package import OCI
internal import Processes

/// The part of a build that one node does.
package struct NodeBuild: Sendable {
    /// The inputs that all nodes of a build share.
    package struct Common: Sendable {
        package var request: BuildRequest
        package var inputs: BuildInputs
        /// The ignore file that belongs to the Dockerfile and not to the context; `nil` for none.
        package var ignoreFile: [UInt8]?
        /// The credentials for registries.
        package var credential: @Sendable (_ host: String) async throws -> NodeLogin?

        package init(
            _ request: BuildRequest, _ inputs: BuildInputs, ignoreFile: [UInt8]?,
            credential: @escaping @Sendable (_ host: String) async throws -> NodeLogin?
        ) {
            self.request = request
            self.inputs = inputs
            self.ignoreFile = ignoreFile
            self.credential = credential
        }
    }

    package let node: String
    package let platforms: [Platform]
    private let connection: NodeConnection
    private let common: Common
    private let images: [PinnedImage]
    private let steps: NodeSteps

    /// - Parameters:
    ///   - images: The base images and contexts of the build.
    ///   - steps: Shows the steps.
    package init(
        _ platforms: [Platform], on node: BuilderNode, _ connection: NodeConnection, _ common: Common,
        images: [PinnedImage], steps: NodeSteps
    ) {
        self.platforms = platforms
        self.node = node.name
        self.connection = connection
        self.common = common
        self.images = images
        self.steps = steps
    }

    /// Builds, and stores the images in the form of an export.
    ///
    /// - Parameter isFirst: False after another function of the same build.
    /// - Returns: One image for each platform, in their order.
    /// - Throws: ``ImageError``; ``NodeStepFailure``; ``NodeLoss`` if the connection ended;
    ///   `CancellationError`.
    package func images(
        in export: ImageExport, into blobs: NodeBlobs, isFirst: Bool
    ) async throws -> [BuiltImage] {
        var attributes = export.attributes
        attributes["tar"] = "false"
        let values = try await solve(
            TypedAttributes("oci", attributes), [ContentService(contents(with: blobs))], isFirst: isFirst)
        guard let text = values["containerimage.descriptor"], let bytes = Base64.decode(text) else {
            throw ImageError(.failed, "cannot take the images of the node \(node)", "it does not say what they are")
        }
        return try await blobs.images(in: bytes, for: platforms, of: node)
    }

    /// Builds, and receives the files of the images.
    ///
    /// - Parameter split: True for a folder for each platform.
    /// - Returns: The number of files that were left out.
    /// - Throws: As ``images(in:into:isFirst:)``.
    package func files(into folder: String, split: Bool, epoch: Int64?) async throws -> Int {
        do {
            try Folder.create(folder, permissions: 0o700)
        } catch {
            throw ImageError(.failed, "cannot write the files of the build to \(folder)", error.reason)
        }
        let leftOut = Guarded(0)
        let target = FileSendService([
            0: .folder(try Self.folder(folder), leftOut: { count in leftOut.withLock { $0 += count } })
        ])
        var attributes = ["platform-split": "\(split)"]
        if let epoch { attributes["source-date-epoch"] = "\(epoch)" }
        _ = try await solve(
            TypedAttributes("local", attributes), [target, ContentService(contents(with: nil))], isFirst: false)
        return leftOut.withLock { $0 }
    }

    /// Builds, and receives the files of the only image as an archive.
    ///
    /// - Throws: As ``images(in:into:isFirst:)``.
    package func archive(epoch: Int64?, _ write: @escaping @Sendable ([UInt8]) async throws -> Void) async throws {
        let target = FileSendService([
            0: .archive { stream in while let piece = try await stream.next() { try await write(piece) } }
        ])
        let attributes = epoch.map { ["source-date-epoch": "\($0)"] } ?? [:]
        _ = try await solve(
            TypedAttributes("tar", attributes), [target, ContentService(contents(with: nil))], isFirst: false)
    }

    /// Builds into the node's cache alone.
    ///
    /// - Throws: As ``images(in:into:isFirst:)``.
    package func run() async throws {
        _ = try await solve(nil, [ContentService(contents(with: nil))], isFirst: true)
    }

    // MARK: Parts of a build

    /// - Parameter isFirst: False if the steps have been shown already, since only another form of the result is made.
    private func solve(
        _ exporter: TypedAttributes?, _ services: [any SessionService], isFirst: Bool
    ) async throws -> [String: String] {
        var solve = SolveRequest()
        solve.attributes = common.attributes(for: platforms, images: images)
        solve.entitlements = common.request.allowed.map(\.rawValue).sorted()
        solve.exporters = exporter.map { [$0] } ?? []
        let session = BuildSession(
            sharedKey: Self.sharedKey(common.inputs), services: try sessionServices() + services)
        let watcher = NodeWatcher(node, platforms, isFirst ? steps : nil)
        let request = solve
        do {
            let values = try await connection.with { client in
                try await client.build(request, session: session) { await watcher.apply($0) }
            }
            await watcher.finish(nil)
            return values
        } catch {
            let error = explained(error)
            await watcher.finish(error)
            throw error
        }
    }

    private func sessionServices() throws -> [any SessionService] {
        var dockerfile = [Self.fileName: Array(common.request.dockerfile.source.lines.joined(separator: "\n").utf8)]
        if let ignored = common.ignoreFile { dockerfile["\(Self.fileName).dockerignore"] = ignored }
        var trees: [String: SentFiles] = ["dockerfile": .memory(dockerfile)]
        for (name, context) in common.inputs.contexts {
            trees[Self.localName(of: name)] = .folder(try Self.folder(context.folder))
        }
        let (secrets, credential) = (common.inputs.secrets, common.credential)
        let hosts = Set(images.compactMap { $0.source == nil ? $0.reference.location.repository?.host : nil })
        return [
            FileSyncService(trees), SecretService { secrets[$0] },
            CredentialService { host in
                // Docker Hub has another name for credentials than for its API.
                let host = host.hasSuffix("docker.io") ? "docker.io" : host
                guard hosts.contains(host), let login = try await credential(host) else { return nil }
                return CredentialService.Login(name: login.name, secret: login.secret)
            },
        ]
    }

    private func contents(with blobs: NodeBlobs?) -> [String: any SessionContent] {
        var stores: [String: any SessionContent] = [:]
        if let blobs { stores["export"] = blobs }
        for image in images {
            if let source = image.source { stores["oci:\(image.storeName)"] = SentImage(source) }
        }
        return stores
    }

    /// The error with its location in the Dockerfile.
    private func explained(_ error: any Error) -> any Error {
        if let error = error as? ImageError, error.code == .interrupted {
            return NodeLoss(node: node, reason: error.reason)
        }
        guard let error = error as? BuildKitError else { return error }
        if error.isConnectionLoss { return NodeLoss(node: node, reason: error.text) }
        let source = common.request.dockerfile.source
        guard let lines = error.sources.first(where: { $0.fileName == Self.fileName })?.lines else {
            return ImageError(.failed, "cannot build on the node \(node)", error.text)
        }
        let range = SourceRange(
            source: source, start: SourcePosition(line: lines.lowerBound, column: 1),
            end: SourcePosition(line: lines.upperBound, column: source.line(lines.upperBound).count + 1))
        return NodeStepFailure(
            node: node, range: range, vertex: error.vertex, exitCode: error.exitCode, text: error.text)
    }

    // MARK: Names

    static let fileName = "Dockerfile"

    /// The name of a context for the daemon; `context` is the build context.
    static func localName(of context: String) -> String {
        if context.isEmpty { return "context" }
        return ["context", "dockerfile"].contains(context) ? "_\(context)" : context
    }

    /// The key of what the daemon keeps of a context: this machine and the folder.
    private static func sharedKey(_ inputs: BuildInputs) -> String {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        let host = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let folder = inputs.contexts[""]?.folder ?? ""
        return String(Digest(of: Array("\(host):\(folder)".utf8)).hex.prefix(32))
    }

    private static func folder(_ path: String) throws(ImageError) -> OpenFolder {
        do {
            return try OpenFolder(path)
        } catch {
            throw ImageError(.failed, "cannot open \(path)", error.reason)
        }
    }
}

/// An error at a line of the Dockerfile, found by a node.
package struct NodeStepFailure: Error, Sendable, CustomStringConvertible {
    package let node: String
    package let range: SourceRange
    /// The digest of the step.
    let vertex: String?
    /// The exit status of the program that failed.
    package let exitCode: Int32?
    let text: String

    /// A failure on this machine; `nil` for a step without a line.
    package init?(_ failure: StepFailure, on node: String) {
        guard let use = failure.use else { return nil }
        self.node = node
        range = use.range
        vertex = nil
        if case .exited(let status) = failure.ending { exitCode = Int32(status) } else { exitCode = nil }
        text = failure.reason
    }

    init(node: String, range: SourceRange, vertex: String?, exitCode: Int32?, text: String) {
        self.node = node
        self.range = range
        self.vertex = vertex
        self.exitCode = exitCode
        self.text = text
    }

    package var description: String {
        guard let exitCode else { return "\(text) (on the node \(node))" }
        return "it ended with exit code \(exitCode) on the node \(node)"
    }
}

/// A name and password for a registry; or an identity token, with an empty name.
package struct NodeLogin: Sendable, Hashable {
    package let name: String
    package let secret: String

    package init(name: String, secret: String) {
        self.name = name
        self.secret = secret
    }
}

/// The end of the connection to a node, which says nothing about the build.
package struct NodeLoss: Error, Sendable, CustomStringConvertible {
    package let node: String
    package let reason: String

    package var description: String { "the node \(node) was lost: \(reason)" }
}
