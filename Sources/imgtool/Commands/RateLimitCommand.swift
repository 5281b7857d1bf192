internal import ArgumentParser
internal import JSON
internal import OCI
internal import Registry

/// `imgtool rate-limit`: how much a registry lets one pull.
struct RateLimitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rate-limit", abstract: "Show how many pulls a registry still allows.",
        discussion: "Docker Hub reports its limits; most registries do not. Asking does not count as a pull.")

    @Argument(help: ArgumentHelp("An image that may be pulled.", valueName: "ref"))
    var reference: String

    @Flag(help: "Print JSON; null where no limit is named.")
    var json = false

    @OptionGroup var registry: RegistryFlags
    @OptionGroup var output: OutputFlags

    func run() async throws {
        let reference = try Reference(parsing: reference)
        guard case .repository(let repository) = reference.location else {
            throw ImageError(.usage, "cannot read the rate limit of \(reference)", "only registries have one")
        }
        let session = try Session(registry, output)
        let limit = try await session.run {
            try await session.stores.registries().repository(repository).rateLimit(reference.manifestReference)
        }
        if json { return try StandardOutput.write(line: (limit.map(value) ?? .null).text()) }
        guard let limit else { return try StandardOutput.write(line: "\(repository.host) names no limit") }
        let window = limit.window.map { " in \($0) s" } ?? ""
        let source = limit.source.map { ["source:    \($0)"] } ?? []
        try StandardOutput.write(
            lines: ["limit:     \(limit.limit)\(window)", "remaining: \(limit.remaining)"] + source)
    }

    private func value(_ limit: RateLimit) -> JSONValue {
        var object = JSONObject()
        object["limit"] = .integer(Int64(limit.limit))
        object["remaining"] = .integer(Int64(limit.remaining))
        object["window"] = limit.window.map { .integer(Int64($0)) } ?? .null
        object["source"] = limit.source.map { .string($0) } ?? .null
        return .object(object)
    }
}
