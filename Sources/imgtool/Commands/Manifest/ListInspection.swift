internal import ArgumentParser
internal import ImageTools
internal import JSON
internal import OCI

extension ManifestCommand {
    /// `imgtool manifest inspect`.
    struct Inspect: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "inspect", abstract: "Show a list, or the manifest of an image, as JSON.",
            discussion: "A list on this machine takes precedence over an image of the same name elsewhere.")

        @Argument(help: ArgumentHelp("A list, or an image; or a list and an image in it.", valueName: "list] [image"))
        var names: [String]

        @Flag(name: [.customShort("v"), .long], help: "Show names, descriptors and the manifests of all images.")
        var verbose = false

        @OptionGroup(title: "Registry options") var registry: RegistryFlags
        @OptionGroup(title: "Output options") var output: OutputFlags

        func validate() throws {
            guard names.count <= 2 else { throw ValidationError("There are more names than a list and an image.") }
        }

        func run() async throws {
            let session = try Session(registry, output)
            let json = try await session.run {
                names.count == 2 ? try await image(in: session) : try await list(in: session)
            }
            try StandardOutput.write(line: json.text())
        }

        private func image(in session: Session) async throws -> JSONValue {
            let name = try ListStorage.name(names[0])
            let image = try Reference(parsing: names[1]).absolute()
            let (entry, content) = try await ListStorage(session).existing(name)
                .manifest(of: image, of: name.description, in: session.stores)
            return verbose ? Self.described(entry, content, under: image) : content.document.value
        }

        private func list(in session: Session) async throws -> JSONValue {
            let name = try Reference(parsing: names[0])
            if name.digest == nil, let list = try ListStorage(session).list(name) {
                guard verbose else { return list.content.document.value }
                var images: [JSONValue] = []
                for (position, source) in list.sources.enumerated() {
                    let (entry, content) = try await list.manifest(at: position, in: session.stores)
                    images.append(Self.described(entry, content, under: Self.unpinned(source)))
                }
                return .array(images)
            }
            let view = try await ImageView.load(name, from: session.stores)
            guard verbose else { return view.content.document.value }
            guard view.content.isIndex else {
                var entry = view.content.descriptor
                entry.platform = try await view.configuredPlatform()
                return Self.described(entry, view.content, under: name)
            }
            var images: [JSONValue] = []
            for entry in try view.content.index().manifests {
                images.append(
                    Self.described(entry, try await view.child(entry).content, under: name.pinned(to: entry.digest)))
            }
            return .array(images)
        }

        /// The name that was given to a list for an image, without the digest that was found.
        private static func unpinned(_ source: Reference) -> Reference {
            Reference(source.location, tag: source.tag, digest: source.tag == nil ? source.digest : nil)
        }

        /// The description of an image in the format of `docker manifest inspect --verbose`.
        private static func described(
            _ entry: Descriptor, _ content: ManifestContent, under reference: Reference
        ) -> JSONValue {
            let key = MediaType.isDocker(content.mediaType) ? "SchemaV2Manifest" : "OCIManifest"
            return [
                "Ref": .string(reference.description), "Descriptor": entry.json,
                "Raw": .string(Base64.encode(content.bytes)), key: content.document.value,
            ] as JSONValue
        }
    }
}
