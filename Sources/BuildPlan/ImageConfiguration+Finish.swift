internal import JSON
internal import OCI

extension ImageConfiguration {
    /// What of a base image's configuration may be part of an image on it. Of other fields there may be any number.
    var inheritable: ImageConfiguration {
        var kept = ImageConfiguration()
        for member in json.members where Self.inheritedFields.contains(member.name) { kept[member.name] = member.value }
        let runtime = (json["config"]?.object?.members ?? []).filter { Self.runtimeFields.contains($0.name) }
        kept["config"] = runtime.isEmpty ? nil : .object(JSONObject(runtime))
        return kept
    }

    private static let inheritedFields: Set = [
        "author", "architecture", "os", "os.version", "os.features", "variant",
    ]

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
