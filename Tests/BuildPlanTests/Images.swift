import BuildPlan
import Concurrency
import JSON
import OCI

/// Images to build on, which exist for amd64, arm64 and arm/v7 unless something else is said.
struct Images: BaseImages {
    struct Known {
        var platforms = ["linux/amd64", "linux/arm64", "linux/arm/v7"]
        /// What the configuration has beside the platform.
        var configuration: JSONObject
        var layers = 1
    }

    private var known: [String: Known] = [:]
    private let asked = Guarded<[String]>([])

    /// What has been looked up, as in `alpine linux/arm64`, sorted.
    var lookups: [String] { asked.withLock { $0 }.sorted() }

    init() {
        for name in ["alpine", "golang", "busybox", "example.com/tools:2"] { self[name] = "{}" }
        self["x86only"] = "{}"
        known["x86only"]?.platforms = ["linux/amd64"]
    }

    /// The configuration of an image; only `config` is given.
    subscript(name: String) -> String {
        get { known[name].map { JSONValue.object($0.configuration).text(.compact) } ?? "" }
        set {
            let config = try? JSONValue(parsing: Array(newValue.utf8))
            known[name] = Known(configuration: JSONObject([JSONObject.Member("config", config ?? [:])]))
        }
    }

    /// Gives an image other platforms, fields at the top of its configuration, or another number of layers.
    mutating func change(_ name: String, _ change: (inout Known) -> Void) {
        var image = known[name] ?? Known(configuration: JSONObject())
        change(&image)
        known[name] = image
    }

    func image(for request: BaseImage.Request) async throws -> BaseImage {
        asked.withLock { $0.append("\(request.reference) \(request.platform)") }
        guard let image = known[request.reference] else {
            throw ImageError(.notFound, "cannot find \(request.reference)", "nobody made it", advice: "make it")
        }
        let platforms = try image.platforms.map { try Platform(parsing: $0) }
        let platform = platforms[request.platform.best(of: platforms) ?? 0]
        var configuration = ImageConfiguration()
        for member in platform.json.object?.members ?? [] { configuration[member.name] = member.value }
        for member in image.configuration.members { configuration[member.name] = member.value }
        if configuration.strings("Env").isEmpty { configuration[runtime: "Env"] = ["PATH=/bin"] }
        return BaseImage(
            name: request.reference, manifest: digest("\(request.reference) \(platform)"), platform: platform,
            configuration: configuration, layers: (0..<image.layers).map { layer("\(request.reference) \($0)") })
    }

    private func layer(_ text: String) -> BaseImage.Layer {
        let descriptor = Descriptor(
            mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest: digest(text), size: 1)
        return BaseImage.Layer(descriptor: descriptor, diffID: digest(text))
    }

    private func digest(_ text: String) -> Digest { Digest(of: Array(text.utf8)) }
}
