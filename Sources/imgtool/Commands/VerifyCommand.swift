internal import ArgumentParser
internal import ImageTools
internal import JSON
internal import OCI
internal import Terminal
internal import Units

/// `imgtool verify`: verifies that an image is complete and consistent.
struct VerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Verify that an image or index is complete and consistent.",
        discussion: """
            Checks sizes, digests and media types of all manifests and blobs, the platforms of entries and \
            configurations, and the subjects of attestations. Prints one line for every finding, with its path. Exit \
            status 5 if there is an error; warnings are about oddities that work.
            """)

    @Argument(help: ArgumentHelp("The image or index.", valueName: "ref"))
    var reference: String

    @Flag(help: "Check only the sizes of blobs, without reading them.")
    var quick = false

    @Flag(help: "Inspect the layers: their diff IDs, and the platforms of executables.")
    var deep = false

    @Flag(help: "Make errors of warnings.")
    var strict = false

    @Option(help: ArgumentHelp("Print as text or json.", valueName: "text|json"), completion: .list(ListFormat.names))
    var format: String = ListFormat.text.rawValue

    @OptionGroup(title: "Registry options") var registry: RegistryFlags
    @OptionGroup(title: "Output options") var output: OutputFlags

    func validate() throws {
        try ListFormat.check(format)
        guard !quick || !deep else { throw ValidationError("--quick and --deep exclude each other.") }
    }

    func run() async throws {
        let reference = try Reference(parsing: reference)
        let session = try Session(registry, output)
        let (name, report) = try await session.run {
            let view = try await ImageView.load(reference, from: session.stores)
            let verification = ImageVerification(
                in: view.source, depth: quick ? .sizes : deep ? .layers : .content,
                observer: session.observer)
            let report = try await verification.run(view)
            return (view.pinnedName, strict ? report.strict : report)
        }
        switch ListFormat(rawValue: format) {
        case .json: try StandardOutput.write(line: Self.json(report, name).text())
        default: try StandardOutput.write(lines: report.findings.map(Self.text))
        }
        if !output.quiet { StandardError.write(line: "\(name): \(Self.summary(report))") }
        if report.errors > 0 { throw ExitCode(ExitStatus.verification.rawValue) }
    }

    private static func text(_ finding: VerificationFinding) -> String {
        let location = finding.path.isEmpty ? "" : "\(finding.path): "
        return "\(finding.severity.rawValue): \(location)\(finding.problem)"
    }

    private static func summary(_ report: ImageVerification.Report) -> String {
        func counted(_ count: Int, _ word: String) -> String { count == 1 ? "1 \(word)" : "\(count) \(word)s" }
        let warnings = report.findings.count - report.errors
        let looked =
            "\(counted(report.manifests, "manifest")), \(counted(report.blobs, "blob")), "
            + ByteSize(report.bytes).description
        return "\(looked); \(counted(report.errors, "error")), \(counted(warnings, "warning"))"
    }

    private static func json(_ report: ImageVerification.Report, _ name: String) -> JSONValue {
        let findings = report.findings.map { finding -> JSONValue in
            [
                "severity": .string(finding.severity.rawValue), "path": .string(finding.path),
                "problem": .string(finding.problem),
            ]
        }
        return [
            "reference": .string(name), "ok": .bool(report.errors == 0), "manifests": .integer(Int64(report.manifests)),
            "blobs": .integer(Int64(report.blobs)), "bytes": .integer(report.bytes), "findings": .array(findings),
        ]
    }
}
