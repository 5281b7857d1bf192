package import OCI

/// What a build is given from outside: `--build-arg`, and for which platform it is on which.
package struct BuildArguments: Hashable, Sendable {
    /// The values of `--build-arg`, by name.
    package let values: [String: String]
    /// Proxies that are no argument, by the names of their variables in upper case.
    package let proxies: [String: String]
    /// The platform that steps run on without emulation.
    package let buildPlatform: Platform
    /// The platform that the image is for.
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

    /// The variables that exist without being declared ("Automatic platform ARGs in the global scope"). FROM has them,
    /// a stage only when it declares them. `--build-arg` overrides them.
    ///
    /// - Parameter stage: The stage that is built.
    package func predefined(for stage: Stage) -> Environment {
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

    /// The proxies that every step sees without their being declared, in upper and in lower case ("Predefined ARGs").
    /// They belong into no cache key and no history.
    package var proxyEnvironment: Environment {
        var environment = Environment()
        for name in Self.proxyNames {
            // Of several spellings the last one counts, in the order of bytes.
            let spellings = values.keys.filter { $0.uppercased() == name }.sorted()
            guard let value = spellings.last.map({ values[$0] }) ?? proxies[name], !value.isEmpty else { continue }
            environment[name] = value
            environment[name.lowercased()] = value
        }
        return environment
    }

    private static let proxyNames = ["HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"]

    /// `BUILDKIT_SANDBOX_HOSTNAME`: what the machine of every RUN is called.
    package var sandboxHostname: String? {
        values["BUILDKIT_SANDBOX_HOSTNAME"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The given names that mean nothing in a Dockerfile: no ARG declares them and the language does not know them.
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
