internal import ArgumentParser
internal import ImageLayout
internal import JSON
internal import OCI
internal import Terminal
internal import Units

extension StoreCommand {
    /// `imgtool store du`.
    struct Usage: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "du", abstract: "Show the disk usage of images, alone and shared with others.")

        @Option(
            help: ArgumentHelp("Print as text or json.", valueName: "text|json"), completion: .list(ListFormat.names))
        var format: String = ListFormat.text.rawValue

        @OptionGroup(title: "Output options") var output: OutputFlags

        func validate() throws { try ListFormat.check(format) }

        func run() async throws {
            let usage = try StoreCommand.open(output).store.usage()
            if ListFormat(rawValue: format) == .json {
                return try StandardOutput.write(line: json(usage).text())
            }
            var table = TextTable([
                .init("NAME"), .init("SIZE", .right), .init("OWN", .right), .init("SHARED", .right),
            ])
            for image in usage.images {
                let sizes = [image.size, image.own, image.shared].map { ByteSize($0).description }
                table.append([image.name ?? image.digest.description] + sizes)
            }
            let sums = [("total", usage.total), ("unreferenced", usage.unreferenced)]
            for (name, size) in sums { table.append([name, ByteSize(size).description]) }
            try StandardOutput.write(table.text)
        }

        private func json(_ usage: StoreUsage) -> JSONValue {
            let images = usage.images.map { image -> JSONValue in
                [
                    "name": image.name.map { .string($0) } ?? .null, "digest": .string(image.digest.description),
                    "size": .integer(image.size), "own": .integer(image.own), "shared": .integer(image.shared),
                ]
            }
            return [
                "images": .array(images), "total": .integer(usage.total),
                "unreferenced": .integer(usage.unreferenced),
            ]
        }
    }
}
