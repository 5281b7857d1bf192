internal import ArgumentParser
internal import ImageTools
internal import JSON
internal import OCI
internal import Terminal

/// The flags common to commands that change an image in place.
struct RewriteFlags: ParsableArguments {
    @Flag(help: "Print the exact bytes that would be pushed, and change nothing.")
    var dryRun = false

    @Flag(help: "Print the changes as JSON; with --dry-run, those that would be made, including the bytes.")
    var json = false

    @OptionGroup(title: "Registry options") var registry: RegistryFlags
    @OptionGroup(title: "Output options") var output: OutputFlags

    /// Applies a change and shows the result.
    func make(_ edit: some ImageEdit, of reference: Reference, copyingReferrers: Bool) async throws {
        try await make(of: reference, to: [], copyingReferrers: copyingReferrers) { _ in edit }
    }

    /// Applies a change, in place or elsewhere, and shows the result.
    ///
    /// - Parameters:
    ///   - targets: The destinations; empty to change the image in place.
    ///   - edit: Prepares the change.
    func make<Edit: ImageEdit>(
        of reference: Reference, to targets: [Reference], copyingReferrers: Bool,
        _ edit: (Session) async throws -> Edit
    ) async throws {
        var rewrite = ImageRewrite(of: reference)
        rewrite.isDryRun = dryRun
        rewrite.copiesReferrers = copyingReferrers
        let session = try Session(registry, output)
        let results = try await session.run {
            let (edit, observer) = (try await edit(session), session.observer)
            let results =
                targets.isEmpty
                ? [try await rewrite.run(edit, in: session.stores, observer: observer)]
                : try await rewrite.run(edit, to: targets, in: session.stores, observer: observer)
            results.flatMap(\.warnings).forEach { session.progress.warn($0) }
            return results
        }
        for result in dryRun ? Array(results.prefix(1)) : results { try show(result) }
    }

    /// Shows the result of a change: the name, the exact bytes, or everything as JSON.
    func show(_ result: RewriteResult) throws {
        if dryRun, !output.quiet {
            try RewriteReport.lines(of: result).forEach { StandardError.write(line: $0) }
        }
        if json {
            try StandardOutput.write(line: RewriteReport.json(of: result, isDryRun: dryRun).text())
        } else if dryRun {
            try StandardOutput.write(json: result.after.bytes)
        } else {
            try StandardOutput.write(result: result.reference)
        }
    }
}
