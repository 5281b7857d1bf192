internal import Concurrency
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

    /// Renders a template for an image, with a newline at the end.
    ///
    /// - Parameter name: `.Name`, the name as the user typed it; by default that of the image.
    static func render(_ template: Template, _ view: ImageView, name: String? = nil) async throws -> String {
        // As in docker buildx, this template prints the text for people.
        if template.onlyField == "Manifest" { return try InspectText.text(of: view) }
        do {
            let text = try await template.render(data(of: view, name: name))
            return text.utf8.last == UInt8(ascii: "\n") ? text : text + "\n"
        } catch let error as TemplateError {
            throw ImageError(.failed, "cannot show \(view.pinnedName) in --format", "\(error)")
        }
    }

    /// All data as JSON, with a newline at the end.
    static func json(of view: ImageView, name: String? = nil) async throws -> String {
        try await data(of: view, name: name).resolved().text() + "\n"
    }

    /// `.Name`, `.Manifest`, `.Image`, `.SBOM` and `.Provenance`; configurations and attestations are fetched on demand.
    private static func data(of view: ImageView, name: String?) throws -> TemplateValue {
        .object([
            TemplateMember("name", .json(.string(name ?? view.reference.description))),
            TemplateMember("manifest", manifest(of: view)),
            TemplateMember("image", .lazy(LazyValue { try await images(of: view) })),
            TemplateMember(
                "SBOM", .lazy(LazyValue { try await statements(of: view, .sbom, sbom) }), isMethod: true),
            TemplateMember(
                "Provenance", .lazy(LazyValue { try await statements(of: view, .provenance, provenance) }),
                isMethod: true),
        ])
    }

    // MARK: Manifest

    /// The index with its digest and size. For an image, the JSON is the descriptor only, but all fields of the manifest
    /// are available by name.
    private static func manifest(of view: ImageView) -> TemplateValue {
        let descriptor = view.content.descriptor
        var object = view.content.document.value.object ?? JSONObject()
        object["mediaType"] = .string(descriptor.mediaType)
        object["digest"] = .string(descriptor.digest.description)
        object["size"] = .integer(descriptor.size)
        if view.content.isIndex { return .typed(.object(object), .index) }
        let known = TemplateType.descriptorFields.map { field in
            TemplateMember(
                field.json ?? field.name, .typed(field.json.flatMap { object[$0] } ?? .null, field.type),
                isMethod: field.isOptional)
        }
        let names = Set(known.map(\.name))
        let rest = object.members.filter { !names.contains($0.name) }.map { member in
            let type: TemplateType =
                switch member.name {
                case "config", "subject": .pointer(.descriptor)
                case "layers": .list(.descriptor)
                default: .any
                }
            return TemplateMember(member.name, .typed(member.value, type), isMethod: true)
        }
        return .object(known + rest)
    }

    // MARK: Image

    /// The images by platform name, sorted; of several for one platform the first.
    private static func imagesByPlatform(of view: ImageView) async throws -> [(name: String, entry: Descriptor)] {
        let images = try await view.images().map { (platform: $0.platform.normalized, entry: $0.entry) }
        let counts = Dictionary(grouping: images, by: \.platform.description).mapValues(\.count)
        var seen: Set<String> = []
        let named = images.compactMap { platform, entry -> (name: String, entry: Descriptor)? in
            let name = counts[platform.description] == 1 ? platform.description : platform.fullDescription
            return seen.insert(name).inserted ? (name, entry) : nil
        }
        return named.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// The value for a single image, or else the values of all images by platform.
    private static func byPlatform(
        _ view: ImageView, none: TemplateValue, _ value: @Sendable @escaping (Descriptor) async throws -> TemplateValue
    ) async throws -> TemplateValue {
        let images = try await imagesByPlatform(of: view)
        guard images.count > 1 else {
            guard let image = images.first else { return none }
            return try await value(image.entry)
        }
        return .object(
            images.map { name, entry in TemplateMember(name, .lazy(LazyValue { try await value(entry) })) })
    }

    /// The configuration, or else those of all images by platform.
    private static func images(of view: ImageView) async throws -> TemplateValue {
        guard view.content.isIndex else { return .typed(try await view.config().value, .image) }
        return try await byPlatform(view, none: .typed(.null, .image)) { entry in
            .typed(try await view.child(entry).config().value, .image)
        }
    }

    /// The configurations as JSON, unchanged.
    static func configuration(of view: ImageView) async throws -> String {
        guard view.content.isIndex else { return try await view.config().value.text() + "\n" }
        let all = try await byPlatform(view, none: .missing) { .json(try await view.child($0).config().value) }
        return try await all.resolved().text() + "\n"
    }

    // MARK: Attestations

    /// The statements about a single image, or else those about all images by platform.
    private static func statements(
        of view: ImageView, _ type: TemplateType,
        _ value: @Sendable @escaping ([Attestation]) async throws -> JSONObject
    ) async throws -> TemplateValue {
        guard view.content.isIndex else {
            let attestations = try await view.attestations(of: [view.content.descriptor])
            return .typed(.object(try await value(attestations.first ?? [])), type)
        }
        let images = try await imagesByPlatform(of: view)
        let attestations = try await view.attestations(of: images.map(\.entry))
        let values = try await Array(zip(images, attestations)).concurrentMap { image, attestations in
            JSONObject.Member(image.name, .object(try await value(attestations)))
        }
        guard images.count > 1 else { return .typed(values.first?.value ?? [:], type) }
        let there = values.filter { $0.value != [:] }
        // As in docker buildx, the map has no images without statements.
        return .typed(.object(JSONObject(there)), .map(type))
    }

    @Sendable private static func sbom(_ attestations: [Attestation]) async throws -> JSONObject {
        let bills = attestations.filter { $0.predicateType == "https://spdx.dev/Document" }
        let documents = try await bills.concurrentMap { try await $0.predicate() }
        var object = JSONObject()
        object["SPDX"] = documents.first
        if documents.count > 1 { object["AdditionalSPDXs"] = .array(Array(documents.dropFirst())) }
        return object
    }

    @Sendable private static func provenance(_ attestations: [Attestation]) async throws -> JSONObject {
        var object = JSONObject()
        let found = attestations.first { $0.predicateType.hasPrefix("https://slsa.dev/provenance/") }
        object["SLSA"] = try await found?.predicate()
        return object
    }
}
