internal import ImageTools
internal import JSON
internal import OCI

/// The result of a sync, for people and for scripts.
enum SyncReport {
    /// A line for every tag that changed.
    static func lines(of result: SyncResult, isDryRun: Bool) -> [String] {
        result.tags.compactMap { tag in
            let name = Reference(result.destination, tag: tag.name, digest: tag.digest).description
            return switch tag.state {
            case .copied: isDryRun ? "would copy \(name)" : name
            case .deleted: isDryRun ? "would delete \(name)" : "deleted \(name)"
            case .unchanged, .failed: nil
            }
        }
    }

    /// Every tag that is equal now.
    static func present(in result: SyncResult) -> [String] {
        result.tags.compactMap { tag in
            switch tag.state {
            case .copied, .unchanged: Reference(result.destination, tag: tag.name, digest: tag.digest).description
            case .deleted, .failed: nil
            }
        }
    }

    static func failures(of results: [SyncResult]) -> [String] {
        results.flatMap { result in
            let errors = result.tags.compactMap { tag in
                if case .failed(let error) = tag.state { error } else { nil }
            }
            return ([result.problem].compactMap { $0 } + errors).map { "imgtool: \($0)" }
        }
    }

    /// The number of tags of each kind, on one line.
    static func summary(of results: [SyncResult], isDryRun: Bool) -> String {
        let words = results.flatMap(\.tags).map { word(for: $0.state) }
        let kinds = ["copied", "unchanged", "deleted", "failed"].map { kind in
            (kind, words.count { $0 == kind })
        }
        let counts = kinds.filter { $0.1 > 0 || $0.0 == "copied" }.map { "\($0.1) \($0.0)" }.joined(separator: ", ")
        let failed = results.count { $0.problem != nil }
        let places = failed > 0 ? "; \(failed) of \(results.count) repositories failed" : ""
        let tags = "\(words.count) tag\(words.count == 1 ? "" : "s")"
        return "\(tags)\(isDryRun ? " with a dry run" : ""): \(counts)\(places)"
    }

    static func json(of results: [SyncResult], isDryRun: Bool) -> JSONValue {
        var object = JSONObject()
        object["dryRun"] = .bool(isDryRun)
        object["repositories"] = .array(
            results.map { result in
                var entry = JSONObject()
                entry["source"] = .string(result.source.description)
                entry["destination"] = .string(result.destination.description)
                entry["tags"] = .array(result.tags.map(json))
                if let problem = result.problem { entry["error"] = .string(problem.description) }
                return .object(entry)
            })
        return .object(object)
    }

    private static func json(_ tag: SyncResult.Tag) -> JSONValue {
        var object = JSONObject()
        object["tag"] = .string(tag.name)
        object["state"] = .string(word(for: tag.state))
        object["digest"] = tag.digest.map { .string($0.description) } ?? .null
        object["previousDigest"] = tag.previous.map { .string($0.description) } ?? .null
        if case .failed(let error) = tag.state { object["error"] = .string(error.description) }
        return .object(object)
    }

    private static func word(for state: SyncResult.State) -> String {
        switch state {
        case .copied: "copied"
        case .unchanged: "unchanged"
        case .deleted: "deleted"
        case .failed: "failed"
        }
    }
}
