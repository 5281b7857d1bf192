internal import ImageTools
internal import JSON
internal import OCI
internal import Terminal

/// The data for templates of `inspect --format`.
enum InspectTemplate {
    static func parse(_ text: String) throws -> Template {
        do {
            return try Template(parsing: text)
        } catch {
            throw ImageError(.usage, "cannot read --format", "\(error)")
        }
    }

    /// Renders a template for an image.
    static func render(_ template: Template, _ view: ImageView) async throws -> String {
        do {
            return try await template.render(data(of: view))
        } catch let error as TemplateError {
            throw ImageError(.failed, "cannot show \(view.pinnedName) in --format", "\(error)")
        }
    }

    /// `.Name`, `.Manifest` and `.Image`; configurations are fetched on demand.
    private static func data(of view: ImageView) throws -> TemplateValue {
        .object([
            TemplateMember("name", .json(.string(view.reference.description))),
            TemplateMember("manifest", .json(manifest(of: view))),
            TemplateMember("image", .lazy(LazyValue { try await images(of: view) })),
        ])
    }

    /// The manifest with its digest and size after its media type.
    private static func manifest(of view: ImageView) -> JSONValue {
        let descriptor = view.content.descriptor
        var members: [JSONObject.Member] = []
        let rest = view.content.document.value.object?.members ?? []
        if let version = rest.first(where: { $0.name == "schemaVersion" }) { members.append(version) }
        members.append(.init("mediaType", .string(descriptor.mediaType)))
        members.append(.init("digest", .string(descriptor.digest.description)))
        members.append(.init("size", .integer(descriptor.size)))
        members += rest.filter { !["schemaVersion", "mediaType"].contains($0.name) }
        return .object(JSONObject(members))
    }

    /// The configuration, or those of all platforms by their names.
    private static func images(of view: ImageView) async throws -> TemplateValue {
        guard view.content.isIndex else { return .json(try await view.config().value) }
        let images = try await view.images()
        let members = images.map { platform, entry in
            TemplateMember(
                platform.normalized.fullDescription,
                .lazy(LazyValue { .json(try await view.child(entry).config().value) }))
        }
        return members.count == 1 ? members[0].value : .object(members)
    }

    /// The configurations as JSON.
    static func configuration(of view: ImageView) async throws -> String {
        try await images(of: view).resolved().text() + "\n"
    }
}
