internal import Archive
internal import BuildEngine
internal import BuildPlan
internal import DockerfileLanguage
internal import Executor
internal import ImageTools
internal import OCI

extension NodeBuild.Common {
    /// The settings of BuildKit's frontend for Dockerfiles.
    func attributes(for platforms: [Platform], images: [PinnedImage]) -> [String: String] {
        var attributes = [
            "filename": NodeBuild.fileName, "platform": platforms.map(\.fullDescription).joined(separator: ","),
            // A result with a platform, also if there is only one.
            "multi-platform": "true",
        ]
        attributes["target"] = request.target
        for (name, value) in arguments { attributes["build-arg:\(name)"] = value }
        for (name, value) in request.labels { attributes["label:\(name)"] = value }
        if inputs.ignoresCache {
            attributes["no-cache"] = ""
        } else if !inputs.uncachedStages.isEmpty {
            attributes["no-cache"] = inputs.uncachedStages.sorted().joined(separator: ",")
        }
        if request.network != .default { attributes["force-network-mode"] = request.network.rawValue }
        if !inputs.extraHosts.isEmpty {
            attributes["add-hosts"] = inputs.extraHosts.map { "\($0.name)=\($0.address)" }.joined(separator: ",")
        }
        if let size = inputs.sharedMemorySize { attributes["shm-size"] = "\(size)" }
        attributes.merge(limits) { own, _ in own }
        for image in images { attributes["context:\(image.contextName)"] = image.location }
        for (name, context) in request.contexts where context == .folder {
            attributes["context:\(name)"] = "local:\(NodeBuild.localName(of: name))"
        }
        return attributes
    }

    /// The limits of what each step takes. BuildKit before 0.31 ignores them.
    private var limits: [String: String] {
        let limits = inputs.limits
        var attributes: [String: String] = [:]
        attributes["memory"] = limits.memory.map { "\($0)" }
        attributes["memswap"] = limits.memoryAndSwap.map { "\($0)" }
        attributes["cpushares"] = limits.processorShares.map { "\($0)" }
        attributes["cpuperiod"] = limits.processorPeriod.map { "\($0)" }
        attributes["cpuquota"] = limits.processorQuota.map { "\($0)" }
        attributes["cpusetcpus"] = limits.processors
        attributes["cpusetmems"] = limits.memoryNodes
        attributes["cgroup-parent"] = limits.parent
        return attributes
    }

    /// The build arguments, with the proxies that are none.
    private var arguments: [String: String] {
        var arguments = request.arguments
        for (name, value) in request.proxies where arguments[name] == nil && arguments[name.lowercased()] == nil {
            arguments[name] = value
        }
        if let epoch = inputs.epoch { arguments[SourceDateEpoch.variable] = "\(epoch)" }
        return arguments
    }
}

extension ImageExport {
    /// The settings of BuildKit's exporters for images.
    var attributes: [String: String] {
        var attributes = ["oci-mediatypes": "\(!usesDockerTypes)"]
        switch compression {
        case .none: attributes["compression"] = "uncompressed"
        case .gzip(let level):
            attributes["compression"] = "gzip"
            if compression != .standard { attributes["compression-level"] = "\(min(level, 9))" }
        case .zstd(let level): (attributes["compression"], attributes["compression-level"]) = ("zstd", "\(level)")
        }
        if recompresses { attributes["force-compression"] = "true" }
        if let epoch { attributes["source-date-epoch"] = "\(epoch)" }
        if !keepsTimes { attributes["rewrite-timestamp"] = "true" }
        for rule in annotations {
            for case .manifest(let platform) in rule.targets {
                let choice = platform.map { "[\($0.fullDescription)]" } ?? ""
                attributes["annotation-manifest\(choice).\(rule.key)"] = rule.value
            }
        }
        return attributes
    }
}
