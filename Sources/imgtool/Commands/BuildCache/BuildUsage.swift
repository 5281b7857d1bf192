internal import ArgumentParser
internal import BuildEngine
internal import JSON
internal import OCI
internal import Terminal
internal import Units

extension BuildCommand {
    /// `imgtool build du`.
    struct Usage: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "du", abstract: "Show the disk usage of the build cache.",
            discussion: """
                Layers are folders for running steps, blobs the same layers as stored in images, mounts the content of \
                RUN --mount=type=cache, images the manifests of base images, digests the known hashes of files in \
                build contexts. --format takes text, json, or a Go template for each item, over .Kind, .Name, .Size, \
                .Created, .LastUsed and .Orphan.
                """)

        @Option(
            help: ArgumentHelp("Print as text, json, or with a Go template.", valueName: "text|json|template"),
            completion: .list(ListFormat.names))
        var format: String = ListFormat.text.rawValue

        @OptionGroup(title: "Output options") var output: OutputFlags

        func run() async throws {
            let template = ListFormat(rawValue: format) == nil ? try InspectTemplate.parse("\(format)\n") : nil
            let progress = ProgressView(output.mode)
            let entries = try await CacheEntry.all(in: CacheFolder.path) {
                progress.note("waiting for another imgtool that prunes the cache")
            }
            progress.close()
            if let template {
                var text = ""
                for entry in entries { text += try await render(template, entry) }
                return try StandardOutput.write(rendered: text)
            }
            if ListFormat(rawValue: format) == .json {
                return try StandardOutput.write(line: json(entries).text())
            }
            try StandardOutput.write(table(entries).text)
        }

        private func table(_ entries: [CacheEntry]) -> TextTable {
            var table = TextTable([
                .init("KIND"), .init("NAME"), .init("SIZE", .right), .init("CREATED"), .init("LAST USED"),
            ])
            for entry in entries {
                table.append([
                    entry.kind.rawValue, entry.shortName, ByteSize(entry.size).description,
                    RFC3339.text(seconds: entry.created), entry.isOrphan ? "orphan" : RFC3339.text(seconds: entry.used),
                ])
            }
            for kind in CacheEntry.Kind.allCases where entries.contains(where: { $0.kind == kind }) {
                table.append(["total", kind.rawValue, ByteSize(entries.size(of: kind)).description])
            }
            table.append(["total", "", ByteSize(entries.size).description])
            return table
        }

        private func json(_ entries: [CacheEntry]) -> JSONValue {
            let sums = CacheEntry.Kind.allCases.map { kind in
                JSONObject.Member(kind.rawValue, .integer(entries.size(of: kind)))
            }
            return [
                "entries": .array(entries.map(\.json)), "sizes": .object(JSONObject(sums)),
                "size": .integer(entries.size),
            ]
        }

        private func render(_ template: Template, _ entry: CacheEntry) async throws -> String {
            do {
                return try await template.render(.json(entry.json))
            } catch let error as TemplateError {
                throw ImageError(.failed, "cannot show the cache in --format", "\(error)")
            }
        }
    }
}

extension CacheEntry {
    /// Digests are shortened, as in other commands.
    fileprivate var shortName: String {
        kind == .mounts ? name : String(name.prefix(12))
    }

    var json: JSONValue {
        [
            "kind": .string(kind.rawValue), "name": .string(name), "size": .integer(size),
            "created": .string(RFC3339.text(seconds: created)), "lastUsed": .string(RFC3339.text(seconds: used)),
            "orphan": .bool(isOrphan),
        ]
    }
}

extension [CacheEntry] {
    /// The disk usage, in bytes.
    var size: Int64 { map(\.size).cappedSum }

    func size(of kind: CacheEntry.Kind) -> Int64 { filter { $0.kind == kind }.size }
}
