internal import JSON
internal import OCI

extension ImageConfiguration {
    /// The parts of a base image's configuration that images built on it may inherit. There may be any number of other
    /// fields.
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

    /// The configuration of a finished image. Of the base image's fields, only those that still apply are kept: nothing
    /// about the container and the tool that made it.
    ///
    /// - Parameter environment: Strings `NAME=value`.
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

    /// The fields of `config` that an image's author controls: those of the image-spec and Docker's.
    private static let runtimeFields = [
        "User", "ExposedPorts", "Env", "Entrypoint", "Cmd", "Volumes", "WorkingDir", "Labels", "StopSignal",
        "ArgsEscaped", "Healthcheck", "OnBuild", "Shell", "StopTimeout",
    ]
}

extension JSONValue {
    /// True if a field with this value may as well be absent.
    fileprivate var saysNothing: Bool { [.null, false, "", [], [:]].contains(self) }
}

extension Platform {
    /// Returns true if both have the same operating system and architecture, regardless of variants.
    func runsProgramsOf(_ other: Platform) -> Bool {
        let (mine, theirs) = (normalized, other.normalized)
        return mine.os == theirs.os && mine.architecture == theirs.architecture
    }
}
