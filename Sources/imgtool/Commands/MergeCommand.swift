internal import ArgumentParser
internal import ImageTools
internal import OCI
internal import Terminal

/// `imgtool merge`: merges whole indexes.
struct MergeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Merge whole indexes into one, including attestations.",
        discussion: """
            Entries are in the order of the sources. Content missing in the target's repository is copied there. The \
            target may be one of the sources. Prints REF@DIGEST.
            """)

    @Option(name: [.customShort("t"), .long], help: ArgumentHelp("Put the result under REF.", valueName: "ref"))
    var tag: String

    @Argument(help: ArgumentHelp("The indexes.", valueName: "ref"))
    var sources: [String]

    @OptionGroup var assembly: AssemblyFlags
    @OptionGroup var referrers: ReferrerFlags
    @OptionGroup var form: ConversionFlags
    @OptionGroup var flags: RewriteFlags

    func run() async throws {
        let target = try Reference(parsing: tag)
        let references = try sources.map { text throws(ImageError) in try Reference(parsing: text) }
        var merge = IndexMerge(of: references, into: target)
        merge.onConflict = assembly.conflictRule ?? merge.onConflict
        merge.order = assembly.order
        merge.conversion = form.conversion
        merge.copiesReferrers = form.copyReferrers
        merge.referrers = referrers.rule(otherwise: .attestations)
        merge.isDryRun = flags.dryRun
        let session = try Session(flags.registry, flags.output)
        let result = try await session.run {
            let result = try await merge.run(
                in: session.stores, observer: session.observer)
            result.warnings.forEach { session.progress.warn($0) }
            return result
        }
        try flags.show(result)
    }
}
