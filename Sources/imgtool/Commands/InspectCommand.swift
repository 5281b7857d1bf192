internal import ArgumentParser
internal import ImageTools
internal import OCI
internal import Terminal

/// `imgtool inspect`: shows an image or index.
struct InspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show an image or index: its platforms, digests, configuration or layers.",
        discussion: """
            --format takes a Go template over .Name, .Manifest, .Image, .SBOM and .Provenance, as docker buildx \
            imagetools inspect does; .Image is the configuration, or for several platforms a map of them, as in \
            {{json (index .Image "linux/arm64")}}. Only content used by the template is fetched.
            """)

    @Argument(
        help: ArgumentHelp(
            "The image or index, such as alpine:3.20, localhost:5000/app@sha256:… or oci:PATH:TAG.", valueName: "ref"))
    var reference: String

    @Flag(help: "Print the exact bytes of the manifest or index.")
    var raw = false

    @Option(help: ArgumentHelp("Print with a Go template.", valueName: "template"))
    var format: String?

    @Flag(help: "Print everything as JSON; short for --format '{{json .}}'.")
    var json = false

    @Flag(help: "Print the image's configuration as JSON, by platform if there are several.")
    var config = false

    @Flag(help: "List the layers with their sizes, and the sum for each platform.")
    var layers = false

    @Flag(help: "List what attestations say of each image: kinds, builder, materials and packages.")
    var attestations = false

    @Option(help: ArgumentHelp("Show the image for one platform.", valueName: "platform"))
    var platform: String?

    @Option(help: ArgumentHelp("Accepted and ignored, since scripts for docker buildx have it.", valueName: "name"))
    var builder: String?

    @OptionGroup var registry: RegistryFlags
    @OptionGroup var output: OutputFlags

    func validate() throws {
        let ways = [
            raw ? "--raw" : nil, format.map { _ in "--format" }, json ? "--json" : nil, config ? "--config" : nil,
            layers ? "--layers" : nil, attestations ? "--attestations" : nil,
        ].compactMap { $0 }
        guard ways.count <= 1 else { throw ValidationError("\(ways.joined(separator: " and ")) exclude each other.") }
    }

    func run() async throws {
        let reference = try Reference(parsing: reference)
        let platform = try platform.map { text throws(ImageError) in try Platform(parsing: text) }
        let template = try format.map(InspectTemplate.parse)
        let session = try Session(registry, output)
        let write = try await session.run { () -> (() throws -> Void) in
            var view = try await ImageView.load(reference, from: session.stores)
            if let platform { view = try await view.selected(for: platform) }
            if let template {
                let text = try await InspectTemplate.render(template, view, name: name(of: view))
                return { try StandardOutput.write(rendered: text) }
            }
            if raw { return { [view] in try StandardOutput.write(json: view.content.bytes) } }
            let text = try await text(of: view)
            return { try StandardOutput.write(text) }
        }
        try write()
    }

    /// The name as it was given, as in docker buildx, unless another image was selected.
    private func name(of view: ImageView) -> String { platform == nil ? reference : view.reference.description }

    private func text(of view: ImageView) async throws -> String {
        if json { return try await InspectTemplate.json(of: view, name: name(of: view)) }
        if config { return try await InspectTemplate.configuration(of: view) }
        if layers { return try await LayerList.text(of: view) }
        return attestations ? try await AttestationList.text(of: view) : try InspectText.text(of: view)
    }
}
