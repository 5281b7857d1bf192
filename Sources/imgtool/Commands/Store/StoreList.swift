internal import ArgumentParser
internal import ImageLayout
internal import JSON
internal import OCI
internal import Terminal
internal import Units

extension StoreCommand {
    /// `imgtool store ls`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ls", abstract: "List the images with digest, platforms, size and age.",
            discussion: """
                --format takes text, json, or a Go template for each image, over .Name, .Digest, .MediaType, \
                .Platforms, .Size and .Created.
                """)

        @Option(
            help: ArgumentHelp("Print as text, json, or with a Go template.", valueName: "text|json|template"),
            completion: .list(ListFormat.names))
        var format: String = ListFormat.text.rawValue

        @OptionGroup(title: "Output options") var output: OutputFlags

        func run() async throws {
            let template =
                ListFormat(rawValue: format) == nil ? try InspectTemplate.parse("\(format)\n") : nil
            let images = try StoreCommand.open(output).store.images()
            if let template {
                var text = ""
                for image in images { text += try await render(template, image) }
                return try StandardOutput.write(rendered: text)
            }
            if ListFormat(rawValue: format) == .json {
                return try StandardOutput.write(line: JSONValue.array(images.map(json)).text())
            }
            var table = TextTable([
                .init("NAME"), .init("DIGEST"), .init("PLATFORMS"), .init("SIZE", .right), .init("CREATED"),
            ])
            for image in images { table.append(row(image)) }
            if !images.isEmpty { try StandardOutput.write(table.text) }
        }

        private func row(_ image: StoredImage) -> [String] {
            [
                image.name ?? "-", image.descriptor.digest.short,
                image.summary?.platforms.joined(separator: ", ") ?? "-",
                image.summary.map { ByteSize($0.size).description } ?? "damaged", image.summary?.created ?? "-",
            ]
        }

        private func json(_ image: StoredImage) -> JSONValue {
            [
                "name": image.name.map { .string($0) } ?? .null,
                "digest": .string(image.descriptor.digest.description),
                "mediaType": .string(image.descriptor.mediaType),
                "platforms": .array((image.summary?.platforms ?? []).map { .string($0) }),
                "size": image.summary.map { .integer($0.size) } ?? .null,
                "created": image.summary?.created.map { .string($0) } ?? .null,
            ]
        }

        private func render(_ template: Template, _ image: StoredImage) async throws -> String {
            do {
                return try await template.render(.json(json(image)))
            } catch let error as TemplateError {
                throw ImageError(.failed, "cannot show the images in --format", "\(error)")
            }
        }
    }
}
