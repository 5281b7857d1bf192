internal import JSON
internal import OCI

extension ImageConfiguration {
    /// The configuration as an image of a platform has it. Of what a base image had, only what is still true is kept:
    /// nothing of the container and the tool that it was made with.
    ///
    /// - Parameter environment: `NAME=value` each.
    func finished(for platform: Platform, environment: [String]) -> ImageConfiguration {
        var platform = platform
        if let base = self.platform, base.runsProgramsOf(platform) {
            platform.osVersion = platform.osVersion ?? base.osVersion
            if platform.osFeatures.isEmpty { platform.osFeatures = base.osFeatures }
        }
        var current = self
        current[runtime: "Env"] = .array(environment.map { .string($0) })
        var finished = ImageConfiguration()
        finished["author"] = self["author"]
        for member in platform.json.object?.members ?? [] { finished[member.name] = member.value }
        for name in Self.runtimeFields {
            if let value = current[runtime: name], !value.saysNothing { finished[runtime: name] = value }
        }
        return finished
    }

    /// The fields of `config` that an image's author decides: those of the image specification, and Docker's.
    private static let runtimeFields = [
        "User", "ExposedPorts", "Env", "Entrypoint", "Cmd", "Volumes", "WorkingDir", "Labels", "StopSignal",
        "ArgsEscaped", "Healthcheck", "OnBuild", "Shell", "StopTimeout",
    ]
}

extension JSONValue {
    /// Whether a field with this value may as well not be there.
    fileprivate var saysNothing: Bool { [.null, false, "", [], [:]].contains(self) }
}

extension Platform {
    /// Whether both have the same operating system and architecture, whatever their variants.
    func runsProgramsOf(_ other: Platform) -> Bool {
        let (mine, theirs) = (normalized, other.normalized)
        return mine.os == theirs.os && mine.architecture == theirs.architecture
    }
}
