package import OCI

/// The external inputs of a build: `--build-arg`, and the build and target platforms.
package struct BuildArguments: Hashable, Sendable {
    /// The values of `--build-arg`, by name.
    package let values: [String: String]
    /// Proxies that are not build arguments, by the upper-case names of their variables.
    package let proxies: [String: String]
    /// The platform on which steps run without emulation.
    package let buildPlatform: Platform
    /// The platform of the image.
    package let targetPlatform: Platform

    package init(
        _ values: [String: String] = [:], proxies: [String: String] = [:], buildPlatform: Platform,
        targetPlatform: Platform
    ) {
        self.values = values
        self.proxies = proxies
        self.buildPlatform = buildPlatform
        self.targetPlatform = targetPlatform
    }

    /// The predefined variables ("Automatic platform ARGs in the global scope"). FROM sees them, a stage only if it
    /// declares them. `--build-arg` overrides them.
    ///
    /// - Parameter stage: The target stage.
    func predefined(for stage: Stage) -> Environment {
        var environment = Environment()
        for (prefix, platform) in [("BUILD", buildPlatform.normalized), ("TARGET", targetPlatform.normalized)] {
            environment[prefix + "PLATFORM"] = platform.fullDescription
            environment[prefix + "OS"] = platform.os
            environment[prefix + "OSVERSION"] = platform.osVersion ?? ""
            environment[prefix + "ARCH"] = platform.architecture
            environment[prefix + "VARIANT"] = platform.variant ?? ""
        }
        environment["TARGETSTAGE"] = stage.name ?? "default"
        for name in environment.names { environment[name] = values[name] ?? environment[name] }
        return environment
    }

    /// The proxy variables that every step sees without a declaration, in upper and lower case ("Predefined ARGs").
    /// They are part of no cache key and no history.
    package var proxyEnvironment: Environment {
        var environment = Environment()
        for name in Self.proxyNames {
            // Of several spellings, the last one in byte order counts.
            let spellings = values.keys.filter { $0.uppercased() == name }.sorted()
            guard let value = spellings.last.map({ values[$0] }) ?? proxies[name], !value.isEmpty else { continue }
            environment[name] = value
            environment[name.lowercased()] = value
        }
        return environment
    }

    private static let proxyNames = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"]

    /// `BUILDKIT_SANDBOX_HOSTNAME`: the host name for RUN.
    package var sandboxHostname: String? {
        values["BUILDKIT_SANDBOX_HOSTNAME"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Build arguments that are neither declared by an ARG nor predefined.
    package func unknownNames(in dockerfile: Dockerfile) -> [String] {
        var known = Set(dockerfile.globalArguments.map(\.name))
        for stage in dockerfile.stages {
            known.formUnion(predefined(for: stage).names)
            for case .arg(let declarations) in stage.instructions.map(\.content) {
                known.formUnion(declarations.map(\.name))
            }
        }
        return values.keys.sorted().filter { name in
            !known.contains(name) && !Self.proxyNames.contains(name.uppercased())
                && !name.hasPrefix("BUILDKIT_") && name != "SOURCE_DATE_EPOCH"
        }
    }
}
