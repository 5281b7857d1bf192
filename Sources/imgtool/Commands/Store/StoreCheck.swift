internal import ArgumentParser
internal import ImageLayout
internal import JSON
internal import OCI
internal import Terminal
internal import Units

extension StoreCommand {
    /// `imgtool store check`.
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check", abstract: "Check the store and all images in it for damage.",
            discussion: """
                Prints one line for every finding, with the location in an image, or the file. Exit status 5 if there \
                is damage; leftovers of killed processes do not count as such.
                """)

        @Flag(help: "Check only the sizes of blobs, without reading them.")
        var quick = false

        @Option(
            help: ArgumentHelp("Print as text or json.", valueName: "text|json"), completion: .list(ListFormat.names))
        var format: String = ListFormat.text.rawValue

        @OptionGroup(title: "Output options") var output: OutputFlags

        func validate() throws { try ListFormat.check(format) }

        func run() async throws {
            let (store, progress) = StoreCommand.open(output)
            let report = try await store.check(readsContent: !quick)
            progress.close()
            switch ListFormat(rawValue: format) {
            case .json: try StandardOutput.write(line: json(report).text())
            default:
                let lines = report.findings.map { "\($0.severity.rawValue): \($0.location): \($0.problem)" }
                try StandardOutput.write(lines: lines)
            }
            if !output.quiet { StandardError.write(line: "\(store.path): \(summary(report))") }
            if report.errors > 0 { throw ExitCode(ExitStatus.verification.rawValue) }
        }

        private func summary(_ report: StoreReport) -> String {
            let looked =
                "\(CountText.text(report.images, "image")), \(CountText.text(report.blobs, "blob")), "
                + ByteSize(report.bytes).description
            let notices = report.findings.count - report.errors
            return "\(looked); \(CountText.text(report.errors, "error")), \(CountText.text(notices, "notice"))"
        }

        private func json(_ report: StoreReport) -> JSONValue {
            let findings = report.findings.map { finding -> JSONValue in
                [
                    "severity": .string(finding.severity.rawValue), "place": .string(finding.location),
                    "problem": .string(finding.problem),
                ]
            }
            return [
                "ok": .bool(report.errors == 0), "images": .integer(Int64(report.images)),
                "blobs": .integer(Int64(report.blobs)), "bytes": .integer(report.bytes),
                "findings": .array(findings),
            ]
        }
    }
}
