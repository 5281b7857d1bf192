package import OCI

/// An `--annotation` of the command line: a key, a value, and the objects that get the annotation.
package struct AnnotationRule: Sendable, Hashable {
    /// The objects that get the annotation.
    package enum Target: Sendable, Hashable {
        /// The index itself.
        case index
        /// The entries of the index: for one platform, or all.
        case manifestDescriptor(Platform?)
        /// The manifests themselves, if they are being made as well: for one platform, or all.
        case manifest(Platform?)
    }

    package let targets: [Target]
    package let key: String
    package let value: String

    /// Parses `[TYPE[,TYPE…]:]KEY=VALUE` as `docker buildx` does, where TYPE is `index`, `manifest-descriptor` or
    /// `manifest-descriptor[PLATFORM]`. The default is `index`.
    ///
    /// - Parameter makesManifests: True if the manifests are being made as well, which adds the type `manifest` and
    ///   makes it the default.
    /// - Throws: ``ImageError`` of code `usage`.
    package init(parsing text: String, makesManifests: Bool = false) throws(ImageError) {
        let attempt = "cannot read the annotation \"\(text)\""
        guard let equals = text.firstIndex(of: "=") else {
            throw ImageError(.usage, attempt, "it has no =", advice: "write it as in index:org.example.key=value")
        }
        var key = text[..<equals]
        var targets: [Target] = []
        if let types = Self.types(of: key) {
            for type in Self.split(types) { targets.append(try Self.target(type, makesManifests, attempt)) }
            key = key[types.endIndex...].dropFirst()
        }
        guard !key.isEmpty else { throw ImageError(.usage, attempt, "the key is missing") }
        self.targets = targets.isEmpty ? [makesManifests ? .manifest(nil) : .index] : targets
        self.key = String(key)
        value = String(text[text.index(after: equals)...])
    }

    /// The text before the colon, if it is a list of types and not a part of the key.
    private static func types(of key: Substring) -> Substring? {
        guard let colon = key.firstIndex(of: ":") else { return nil }
        let types = key[..<colon]
        let names = ["index", "manifest", "manifest-descriptor", "index-descriptor"]
        return split(types).allSatisfy { type in names.contains(String(type.prefix { $0 != "[" })) } ? types : nil
    }

    /// Splits at commas outside of brackets.
    private static func split(_ types: Substring) -> [Substring] {
        var parts: [Substring] = []
        var start = types.startIndex
        var depth = 0
        for index in types.indices {
            switch types[index] {
            case "[": depth += 1
            case "]": depth -= 1
            case "," where depth == 0:
                parts.append(types[start..<index])
                start = types.index(after: index)
            default: break
            }
        }
        return parts + [types[start...]]
    }

    private static func target(
        _ type: Substring, _ makesManifests: Bool, _ attempt: String
    ) throws(ImageError) -> Target {
        let name = type.prefix { $0 != "[" }
        var platform: Platform?
        if name.endIndex < type.endIndex {
            guard type.last == "]" else { throw ImageError(.usage, attempt, "the bracket is not closed") }
            let text = String(type[name.endIndex...].dropFirst().dropLast())
            platform = text == "unknown/unknown" ? .unknown : try Platform(parsing: text)
        }
        switch name {
        case "index":
            guard platform == nil else { throw ImageError(.usage, attempt, "an index has no platform") }
            return .index
        case "manifest-descriptor": return .manifestDescriptor(platform)
        case "manifest" where makesManifests: return .manifest(platform)
        case "manifest":
            throw ImageError(
                .usage, attempt, "an annotation of a manifest would change its digest",
                advice: "annotate its entry with manifest-descriptor:")
        default:
            throw ImageError(.usage, attempt, "a new index has no descriptor to annotate", advice: "use index:")
        }
    }
}
