internal import BuildEngine
internal import BuildPlan
internal import DockerfileLanguage
internal import Glibc
internal import HTTP
internal import ImageTools
internal import OCI
internal import Registry

extension BuildCommand {
    /// Parses the flags, and reads the files that they refer to.
    ///
    /// - Throws: ``ImageError``; ``DockerfileError``.
    func invocation(in session: Session) throws -> BuildInvocation {
        let allowed = try allowed()
        let folder = try BuildFlagText.folder(context, for: "the build context")
        let input = try DockerfileInput(file: file, context: context)
        let (contexts, folders) = try contexts(folder, input)
        let arguments = try buildArguments()
        let proxies = try ContainerProxies(StoreDirectory.locations).variables

        var inputs = BuildInputs()
        inputs.contexts = folders
        for text in secret {
            let (id, bytes) = try BuildFlagText.secret(text)
            inputs.secrets[id] = bytes
        }
        inputs.extraHosts = try addHost.flatMap { text throws(ImageError) in try BuildFlagText.hosts(text) }
        inputs.cacheNamespace = arguments["BUILDKIT_CACHE_MOUNT_NS"] ?? ""
        inputs.jobs = jobs.flatMap { Int($0) } ?? BuildInputs.usualJobs
        inputs.ignoresCache = noCache
        inputs.uncachedStages = Set(noCacheFilter.flatMap { $0.split(separator: ",").map { $0.lowercased() } })
        inputs.sharedMemorySize = try shmSize.map { text throws(ImageError) in
            try LimitFlags.size(text, for: "--shm-size")
        }
        inputs.limits = try limits.limits()
        inputs.download = try download(proxies: proxies, in: session)

        var request = BuildRequest(
            dockerfile: input.dockerfile, target: target, platforms: try Self.platforms(platform),
            arguments: arguments, contexts: contexts,
            labels: try label.map { text throws(ImageError) in try BuildFlagText.pair(text, for: "--label") },
            network: RunInstruction.Network(rawValue: network) ?? .default, allowed: allowed)
        request.proxies = proxies

        let asksForIndex = arguments["BUILDKIT_MULTI_PLATFORM"].flatMap(OutputFields.truth) ?? false
        var invocation = BuildInvocation(
            request: request, inputs: inputs, outputs: try outputs(isMultiPlatform: asksForIndex))
        invocation.builder = try BuilderChoice.builder(named: builder)
        invocation.engine.runtime = ociRuntime
        invocation.engine.asksRegistries = pull
        invocation.allowsPartial = allowPartial
        invocation.opensShell = debugShell
        invocation.metadataFile = metadataFile
        invocation.identityFile = iidfile
        invocation.unusedFlags = unusedFlags
        return invocation
    }

    private func allowed() throws -> Set<Entitlement> {
        let allowed = try BuildFlagText.entitlements(allow)
        if network == RunInstruction.Network.host.rawValue, !allowed.contains(.hostNetwork) {
            throw ImageError(
                .usage, "cannot build with --network=host", "every step would have the network of this machine",
                advice: "if you trust what they run, add --allow \(Entitlement.hostNetwork.rawValue)")
        }
        return allowed
    }

    /// The meanings of named contexts, and the folders among them.
    private func contexts(
        _ folder: String, _ input: DockerfileInput
    ) throws -> ([String: BuildRequest.NamedContext], [String: BuildInputs.Context]) {
        var named: [String: BuildRequest.NamedContext] = [:]
        var folders = [
            "": BuildInputs.Context(folder: folder, ignored: input.ignored, ignoreFile: input.ignoreFile)
        ]
        for text in buildContext {
            let (name, meaning, folder) = try BuildFlagText.context(text)
            named[name] = meaning
            guard let folder else { continue }
            let (ignored, file) = try DockerfileInput.ignored(by: ["\(folder)/.dockerignore"])
            folders[name] = BuildInputs.Context(folder: folder, ignored: ignored, ignoreFile: file)
        }
        return (named, folders)
    }

    private func buildArguments() throws -> [String: String] {
        var arguments = try BuildFlagText.arguments(buildArg)
        if arguments[SourceDateEpoch.variable] == nil, let epoch = getenv(SourceDateEpoch.variable), epoch.pointee != 0
        {
            arguments[SourceDateEpoch.variable] = String(cString: epoch)
        }
        return arguments
    }

    private func download(
        proxies: [String: String], in session: Session
    ) throws -> @Sendable (_ url: String, _ folder: String) async throws -> BuildInputs.Download {
        let options = try registry.options()
        return { url, folder in
            var security = TransportSecurity()
            security.acceptsAnyCertificate = options.insecure
            security.authorities = options.authorities
            let download = FileDownload(
                security: security, proxies: proxies, progress: session.observer)
            return try await download.fetch(url, into: folder)
        }
    }

    private func outputs(isMultiPlatform: Bool) throws -> [BuildOutput] {
        // Check names before building anything.
        for name in tag { try BuildOutput.check(name: name) }
        let annotations = try annotation.map { text throws(ImageError) in
            try AnnotationRule(parsing: text, makesManifests: true)
        }
        var outputs = try output.map { text throws(ImageError) in
            try BuildOutput(parsing: text, tags: tag, isMultiPlatform: isMultiPlatform)
        }
        if push, tag.isEmpty, outputs.isEmpty {
            throw ImageError(.usage, "cannot push the image", "it has no name", advice: "give it one with --tag")
        }
        if push || load || outputs.isEmpty {
            var export = ImageExport()
            export.alwaysIndexes = isMultiPlatform
            let targets = BuildOutput.ImageTargets(
                names: tag, stores: load || !push, pushes: push)
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
}
