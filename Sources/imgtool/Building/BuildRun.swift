internal import BuildEngine
internal import BuildPlan
internal import Concurrency
internal import DockerfileLanguage
internal import Glibc
internal import HTTP
internal import ImageTools
internal import JSON
internal import OCI
internal import Processes
internal import Registry
internal import Terminal

/// One run of `imgtool build`: what its flags ask for, from the Dockerfile to the names that the images get.
struct BuildRun {
    private let command: BuildCommand
    private let session: Session
    private let request: BuildRequest
    private let inputs: BuildInputs
    private let outputs: [BuildOutput]

    /// Reads everything that the flags name.
    ///
    /// - Throws: ``ImageError``; ``DockerfileError``.
    init(_ command: BuildCommand) throws {
        self.command = command
        let allowed = try BuildFlagText.entitlements(command.allow)
        if command.network == RunInstruction.Network.host.rawValue, !allowed.contains(.hostNetwork) {
            throw ImageError(
                .usage, "cannot build with --network=host", "every step would have the network of this machine",
                advice: "if you trust what they run, add --allow \(Entitlement.hostNetwork.rawValue)")
        }
        let context = try BuildFlagText.folder(command.context, for: "the build context")
        let input = try DockerfileInput(file: command.file, context: command.context)
        var inputs = BuildInputs()
        inputs.contexts[""] = BuildInputs.Context(
            folder: context, ignored: input.ignored, ignoreFile: input.ignoreFile)
        var named: [String: BuildRequest.NamedContext] = [:]
        for text in command.buildContext {
            let (name, meaning, folder) = try BuildFlagText.context(text)
            named[name] = meaning
            if let folder {
                let (ignored, file) = try DockerfileInput.ignored(by: ["\(folder)/.dockerignore"])
                inputs.contexts[name] = BuildInputs.Context(folder: folder, ignored: ignored, ignoreFile: file)
            }
        }
        var arguments = try BuildFlagText.arguments(command.buildArg)
        if arguments[SourceDateEpoch.variable] == nil, let epoch = getenv(SourceDateEpoch.variable), epoch.pointee != 0
        {
            arguments[SourceDateEpoch.variable] = String(cString: epoch)
        }
        let asksForIndex = arguments["BUILDKIT_MULTI_PLATFORM"].flatMap(OutputFields.truth) ?? false
        outputs = try Self.outputs(command, isMultiPlatform: asksForIndex)
        for text in command.secret {
            let (id, bytes) = try BuildFlagText.secret(text)
            inputs.secrets[id] = bytes
        }
        inputs.extraHosts = try command.addHost.flatMap { text throws(ImageError) in try BuildFlagText.hosts(text) }
        inputs.cacheNamespace = arguments["BUILDKIT_CACHE_MOUNT_NS"] ?? ""
        inputs.jobs = command.jobs.flatMap { Int($0) } ?? BuildInputs.usualJobs
        inputs.ignoresCache = command.noCache
        inputs.uncachedStages = Set(
            command.noCacheFilter.flatMap { $0.split(separator: ",").map { $0.lowercased() } })
        inputs.sharedMemorySize = try command.shmSize.map(Self.size)
        let options = try command.registry.options()
        let proxies = try ContainerProxies(StoreDirectory.locations).variables
        let session = try Session(command.registry, command.view, withoutTerminal: .plain)
        inputs.download = { url, folder in
            var security = TransportSecurity()
            security.acceptsAnyCertificate = options.insecure
            security.authorities = options.authorities
            let download = FileDownload(
                security: security, proxies: proxies, progress: TransferProgress(view: session.progress))
            return try await download.fetch(url, into: folder)
        }
        inputs.writeToStandardOutput = { try StandardOutput.write($0) }
        if command.debugShell { inputs.conversation = Self.conversation(on: session.progress) }
        self.session = session
        self.inputs = inputs
        var request = BuildRequest(
            dockerfile: input.dockerfile, target: command.target, platforms: try Self.platforms(command.platform),
            arguments: arguments, contexts: named,
            labels: try command.label.map { text throws(ImageError) in
                try BuildFlagText.pair(text, for: "--label")
            },
            network: RunInstruction.Network(rawValue: command.network) ?? .default, allowed: allowed)
        request.proxies = proxies
        self.request = request
    }

    /// Shows the lines that an error is about.
    ///
    /// - Returns: The error in one line.
    static func shown(_ error: DockerfileError) -> ImageError {
        error.range.rendering().split(separator: "\n").forEach { StandardError.write(line: String($0)) }
        return error.imageError
    }

    private static func outputs(_ command: BuildCommand, isMultiPlatform: Bool) throws -> [BuildOutput] {
        // A name that cannot be is no reason to have built something first.
        for name in command.tag { try BuildOutput.check(name: name) }
        let annotations = try command.annotation.map { text throws(ImageError) in
            try AnnotationRule(parsing: text, makesManifests: true)
        }
        var outputs = try command.output.map { text throws(ImageError) in
            try BuildOutput(parsing: text, tags: command.tag, isMultiPlatform: isMultiPlatform)
        }
        if command.push, command.tag.isEmpty, outputs.isEmpty {
            throw ImageError(.usage, "cannot push the image", "it has no name", advice: "give it one with --tag")
        }
        if command.push || command.load || outputs.isEmpty {
            var export = ImageExport()
            export.alwaysIndexes = isMultiPlatform
            let targets = BuildOutput.ImageTargets(
                names: command.tag, stores: command.load || !command.push, pushes: command.push)
            outputs.append(BuildOutput(.image(targets), export: export))
        }
        for index in outputs.indices { outputs[index].export.annotations.insert(contentsOf: annotations, at: 0) }
        return outputs
    }

    private static func platforms(_ texts: [String]) throws(ImageError) -> [Platform] {
        var texts = texts
        if texts.isEmpty, let text = getenv("DOCKER_DEFAULT_PLATFORM"), text.pointee != 0 {
            texts = [String(cString: text)]
        }
        var platforms: [Platform] = []
        for platform in try PlatformList.parse(texts) where !platforms.contains(platform.normalized) {
            platforms.append(platform.normalized)
        }
        return platforms.isEmpty ? [Platform.host.normalized] : platforms
    }

    private static func size(_ text: String) throws(ImageError) -> Int64 {
        guard let size = ByteCount.parse(text), size > 0 else {
            throw ImageError(.usage, "cannot read --shm-size \(text)", "it is not a size", advice: "write it as in 64m")
        }
        return size
    }

    // MARK: Carrying out

    func carryOut() async throws {
        do {
            let lines = try await session.run { try await build() }
            for line in lines { try StandardOutput.write(line: line) }
        } catch let error as DockerfileError {
            throw session.stores.explained(Self.shown(error))
        }
    }

    /// - Returns: What is printed.
    private func build() async throws -> [String] {
        let progress = BuildProgress(
            view: session.progress, for: self.request.platforms,
            command: DebugShellCommand(arguments: Array(ProgramArguments.all.dropFirst(2))))
        let workspace = try await Workspace(folder: CacheFolder.path) {
            session.progress.note("waiting for another imgtool that prunes the cache")
        }
        defer { workspace.close() }
        let images = ImageLibrary(session.stores, folder: "\(workspace.folder)/images")
        let (request, inputs) = try await settled(in: workspace)
        let bases = BuiltBases(
            images, in: session.stores.local, asksRegistries: command.pull, view: session.progress)
        let plan = try await PlannedBuild(request, images: StageHints(bases, for: request))
        let arguments = BuildArguments(
            request.arguments, buildPlatform: request.buildPlatform, targetPlatform: request.platforms[0])
        if inputs.epoch == nil, outputs.contains(where: \.needsTime) {
            session.progress.warn("there is no SOURCE_DATE_EPOCH, so rewrite-timestamp=true has no effect")
        }
        for flag in command.unusedFlags { session.progress.warn("\(flag) is not supported yet, and has no effect") }
        for name in arguments.unknownNames(in: request.dockerfile) {
            session.progress.warn("no ARG declares \(name), so --build-arg \(name) has no effect")
        }
        if let image = arguments.values["BUILDKIT_SYNTAX"], let warning = DockerfileFrontend.warning(about: image) {
            session.progress.warn(warning)
        }
        let build = Build(
            plan, inputs: inputs, in: workspace,
            tools: BuildTools(folder: workspace.folder, runtime: command.ociRuntime), images: images,
            observer: progress, transfers: progress.transfers)
        let results = try await build.run()
        do {
            let built = try successes(of: results, plan)
            var delivery = BuildDelivery(
                build, built, images: images, stores: session.stores, observer: progress.transfers)
            for output in outputs { try await delivery.deliver(output) }
            try await delivery.writeRecords(metadata: command.metadataFile, identity: command.iidfile)
            progress.finish(delivery.completed(progress.summary))
            if let note = delivery.note { session.progress.note(note) }
            return delivery.lines
        } catch {
            if !(error is CancellationError), !(error is StandardOutput.Failure), !Task.isCancelled {
                progress.finish(progress.summary)
            }
            throw error
        }
    }

    /// What is to be built and with what, once it is known which time `SOURCE_DATE_EPOCH` is.
    private func settled(in workspace: Workspace) async throws -> (BuildRequest, BuildInputs) {
        var inputs = inputs
        let epoch = try request.sourceDateEpoch()
        if case .notGiven = epoch { return (request, inputs) }
        inputs.epoch = try await inputs.seconds(of: epoch, in: workspace)
        if inputs.epoch == nil {
            session.progress.warn("what SOURCE_DATE_EPOCH names has no time of its own, so it has no effect")
        }
        return (request.settling(epoch: inputs.epoch), inputs)
    }

    /// Lets a person look around where the first step has failed.
    private static func conversation(
        on view: ProgressView
    ) -> @Sendable (StepFailure, () async throws -> Void) async throws -> Void {
        let isTaken = Guarded(false)
        return { failure, openShell in
            let isFirst = isTaken.withLock { taken in
                defer { taken = true }
                return !taken
            }
            guard isFirst else { return }
            try await view.pause {
                StandardError.write(line: "\(failure)")
                StandardError.write(line: "this is a shell in its place; exit goes on")
                try await openShell()
            }
        }
    }

    /// The images that could be built.
    ///
    /// - Throws: ``ImageError`` when some could not, and they are not to be delivered alone.
    private func successes(of results: [Result<Build.Image, any Error>], _ plan: PlannedBuild) throws -> [Build.Image] {
        var images: [Build.Image] = []
        var failed: [Platform] = []
        var first: (any Error)?
        for (result, image) in zip(results, plan.images) {
            switch result {
            case .success(let image): images.append(image)
            case .failure(let error):
                failed.append(image.platform)
                first = first ?? error
            }
        }
        guard let first else { return images }
        let names = failed.map(\.fullDescription).joined(separator: ", ")
        if command.allowPartial, !images.isEmpty {
            session.progress.warn("there is no image for \(names): \(first)")
            return images
        }
        if let failure = first as? StepFailure {
            throw ImageError(
                .failed, "cannot build for \(names)",
                "\(failure.use.map { "the step at \($0.range) " } ?? "a step ")\(failure.verb)")
        }
        throw first
    }
}

/// Where builds keep their cache: `$IMGTOOL_CACHE`, else `imgtool` in `$XDG_CACHE_HOME` or `~/.cache`.
enum CacheFolder {
    static var path: String {
        let locations = StoreDirectory.locations
        if let path = locations.environment["IMGTOOL_CACHE"], !path.isEmpty { return absolute(path) }
        let cache = locations.environment["XDG_CACHE_HOME"] ?? ""
        return (cache.hasPrefix("/") ? cache : "\(locations.home)/.cache") + "/imgtool"
    }

    private static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        guard let here = getcwd(nil, 0) else { return path }
        defer { free(here) }
        return "\(String(cString: here))/\(path)"
    }
}
