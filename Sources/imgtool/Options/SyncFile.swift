internal import ImageTools
internal import JSON
internal import OCI
internal import YAML

/// A file that says what is kept equal to what: in the form of regsync, or in that of `skopeo sync --src yaml`.
struct SyncFile {
    /// Repositories, images, or whole registries.
    enum Entry {
        case sync(RepositorySync)
        /// Every repository of a registry that is chosen, to the same path below a place.
        case registry(host: String, allowed: [TagPattern], denied: [TagPattern], to: String, RepositorySync)

        /// The subject; an example of a repository for a whole registry.
        var places: (source: Reference.Location, destination: Reference.Location) {
            switch self {
            case .sync(let sync), .registry(_, _, _, _, let sync): (sync.source, sync.destinations.first ?? sync.source)
            }
        }
    }

    private(set) var entries: [Entry] = []
    /// Keys of the file that have no meaning here.
    private(set) var unused: [String] = []
    private let path: String

    /// - Parameters:
    ///   - destination: Where the images of a file in skopeo's form go, which does not say that itself.
    /// - Throws: ``ImageError`` of code `usage`.
    init(reading path: String, destination: String?) throws(ImageError) {
        self.path = path
        let bytes = try InputFile.read(path, for: "the sync")
        let document: JSONValue
        do {
            document = try YAMLDocument.parse(bytes)
        } catch {
            throw ImageError(.usage, "cannot read \(path)", "\(error)")
        }
        guard let object = document.object else { throw refuse("it is no mapping") }
        if object["sync"] != nil {
            try readRegsync(object, destination)
        } else {
            try readSkopeo(object, destination)
        }
    }

    private func refuse(_ reason: String, advice: String? = nil) -> ImageError {
        ImageError(.usage, "cannot read \(path)", reason, advice: advice)
    }

    // MARK: regsync

    private static let settings: Set = [
        "source", "target", "type", "tags", "repos", "platform", "platforms", "digestTags", "referrers",
        "referrerFilters", "delete", "newest",
    ]
    /// Keys for what happens anyway, or in another way.
    private static let unused: Set = [
        "interval", "schedule", "ratelimit", "rateLimit", "mediaTypes", "fastCopy", "forceRecursive", "includeExternal",
        "parallel", "skipDockerConfig", "userAgent", "blobLimit", "cacheCount", "cacheTime",
    ]

    private mutating func readRegsync(_ file: JSONObject, _ destination: String?) throws(ImageError) {
        guard destination == nil else {
            throw refuse("it names the targets itself", advice: "leave out \(destination ?? "")")
        }
        for member in file.members where !["version", "sync", "defaults"].contains(member.name) {
            if member.name.hasPrefix("x-") { continue }
            guard member.name == "creds" else { throw refuse("it has a key \"\(member.name)\", which is unknown") }
            unused.append("creds")
        }
        let defaults = try mapping(file["defaults"], "defaults")
        for (position, value) in try list(file["sync"], "sync").enumerated() {
            guard var entry = value.object else { throw refuse("sync[\(position)] is no mapping") }
            for member in defaults.members where entry[member.name] == nil { entry[member.name] = member.value }
            entries.append(try self.entry(entry, "sync[\(position)]"))
        }
        unused = Array(Set(unused)).sorted()
    }

    private mutating func entry(_ entry: JSONObject, _ place: String) throws(ImageError) -> Entry {
        for member in entry.members where !Self.settings.contains(member.name) && !member.name.hasPrefix("x-") {
            guard Self.unused.contains(member.name) else {
                throw refuse("\(place) has a key \"\(member.name)\", which is unknown or cannot be done")
            }
            unused.append(member.name)
        }
        let source = try text(entry["source"], "\(place).source")
        let target = try text(entry["target"], "\(place).target")
        let kind = try text(entry["type"], "\(place).type")
        let options = try options(entry, place)
        switch kind {
        case "image":
            let (from, to) = (try Reference(parsing: source), try Reference(parsing: target))
            var sync = options(from.location, to.location)
            sync.image = (from.manifestReference, to.tag ?? Reference.defaultTag)
            return .sync(sync)
        case "repository":
            let (from, to) = (try RepositoryText.parse(source), try RepositoryText.parse(target))
            return .sync(options(from, to))
        case "registry":
            let host = try RegistryName.parse(source)
            let location = try RepositoryText.parse("\(host)/any")
            let repos = try mapping(entry["repos"], "\(place).repos", of: ["allow", "deny"])
            let allowed = try strings(repos["allow"], "\(place).repos.allow")
            let denied = try strings(repos["deny"], "\(place).repos.deny")
            return .registry(
                host: host, allowed: try allowed.map { text throws(ImageError) in try TagPattern(whole: text) },
                denied: try denied.map { text throws(ImageError) in try TagPattern(whole: text) }, to: target,
                options(location, location))
        default: throw refuse("\(place).type is image, repository or registry, not \"\(kind)\"")
        }
    }

    /// The settings of an entry, apart from its source and target.
    private func options(
        _ entry: JSONObject, _ place: String
    ) throws(ImageError) -> (Reference.Location, Reference.Location) -> RepositorySync {
        var tags = TagSelection()
        let given = try mapping(entry["tags"], "\(place).tags", of: ["allow", "deny", "semverRange"])
        tags.allowed = try strings(given["allow"], "\(place).tags.allow").map { text throws(ImageError) in
            try TagPattern(whole: text)
        }
        tags.denied = try strings(given["deny"], "\(place).tags.deny").map { text throws(ImageError) in
            try TagPattern(whole: text)
        }
        tags.versions = try strings(given["semverRange"], "\(place).tags.semverRange").map {
            text throws(ImageError) in try VersionRange(text)
        }
        if let newest = entry["newest"], !newest.isLeftOut {
            guard let count = newest.string.flatMap({ Int($0) }), count > 0 else {
                throw refuse("\(place).newest is a number from 1 on")
            }
            tags.newest = count
        }
        let names =
            try strings(entry["platforms"], "\(place).platforms") + strings(entry["platform"], "\(place).platform")
        let platforms = try PlatformList.parse(names)
        var referrers = try truth(entry["referrers"], "\(place).referrers") ? ReferrerRule.all : .none
        let filters = try list(entry["referrerFilters"], "\(place).referrerFilters").map { filter throws(ImageError) in
            let filter = try mapping(filter, "\(place).referrerFilters", of: ["artifactType"])
            return try text(filter["artifactType"], "\(place).referrerFilters.artifactType")
        }
        if referrers != .none, !filters.isEmpty { referrers.artifactTypes = Set(filters) }
        if try truth(entry["digestTags"], "\(place).digestTags") { referrers.digestTags = .required }
        let deletes = try truth(entry["delete"], "\(place).delete")
        let (chosen, rule) = (tags, referrers)
        return { source, destination in
            var sync = RepositorySync(from: source, to: [destination])
            (sync.tags, sync.platforms, sync.referrers, sync.deletes) = (chosen, platforms, rule, deletes)
            return sync
        }
    }

    // MARK: skopeo

    private mutating func readSkopeo(_ file: JSONObject, _ destination: String?) throws(ImageError) {
        guard let destination else {
            throw refuse(
                "it has no \"sync\", and a file in skopeo's form does not say where images go",
                advice: "name that place")
        }
        for member in file.members {
            guard let registry = member.value.object else { throw refuse("\(member.name) is no mapping") }
            for key in registry.members.map(\.name) {
                switch key {
                case "images", "images-by-tag-regex", "images-by-semver":
                    for image in try mapping(registry[key], "\(member.name).\(key)").members {
                        let place = "\(member.name).\(key).\(image.name)"
                        entries.append(
                            contentsOf: try skopeoEntries(
                                key, "\(member.name)/\(image.name)", image.value, destination, place))
                    }
                case "credentials", "tls-verify", "cert-dir": unused.append(key)
                default: throw refuse("\(member.name) has a key \"\(key)\", which is unknown")
                }
            }
        }
    }

    private func skopeoEntries(
        _ key: String, _ name: String, _ value: JSONValue, _ destination: String, _ place: String
    ) throws(ImageError) -> [Entry] {
        let source = try RepositoryText.parse(name)
        let last = name.split(separator: "/").last.map(String.init) ?? name
        var sync = RepositorySync(from: source, to: [try RepositoryText.parse("\(destination)/\(last)")])
        switch key {
        case "images-by-tag-regex": sync.tags.allowed = [try TagPattern(text(value, place))]
        case "images-by-semver": sync.tags.versions = [try VersionRange(text(value, place))]
        default:
            let names = try strings(value, place)
            if names.isEmpty { break }
            let digests = names.filter { $0.contains(":") }
            sync.tags.names = names.filter { !$0.contains(":") }
            var entries = sync.tags.names == [] ? [] : [Entry.sync(sync)]
            for digest in digests {
                var single = RepositorySync(from: source, to: sync.destinations)
                single.image = (.digest(try Digest(digest)), digest.replacing(":", with: "-"))
                entries.append(.sync(single))
            }
            return entries
        }
        return [.sync(sync)]
    }

    // MARK: Values

    private func text(_ value: JSONValue?, _ place: String) throws(ImageError) -> String {
        guard let text = value?.string, !text.isEmpty else { throw refuse("\(place) is missing, or no text") }
        return text
    }

    /// A mapping; an empty one if it is left out.
    ///
    /// - Parameter keys: The only keys that it may have.
    private func mapping(
        _ value: JSONValue?, _ place: String, of keys: Set<String>? = nil
    ) throws(ImageError) -> JSONObject {
        guard let value, !value.isLeftOut else { return JSONObject() }
        guard let object = value.object else { throw refuse("\(place) is no mapping") }
        if let keys, let member = object.members.first(where: { !keys.contains($0.name) && !$0.name.hasPrefix("x-") }) {
            throw refuse("\(place) has a key \"\(member.name)\", which is unknown or cannot be done")
        }
        return object
    }

    /// A list; an empty one if it is left out.
    private func list(_ value: JSONValue?, _ place: String) throws(ImageError) -> [JSONValue] {
        guard let value, !value.isLeftOut else { return [] }
        guard let list = value.array else { throw refuse("\(place) is no list") }
        return list
    }

    /// Several texts; one alone is one of them.
    private func strings(_ value: JSONValue?, _ place: String) throws(ImageError) -> [String] {
        guard let value, !value.isLeftOut else { return [] }
        if let text = value.string { return [text] }
        let texts = value.array?.compactMap(\.string)
        guard let texts, texts.count == value.array?.count else { throw refuse("\(place) is no list of texts") }
        return texts
    }

    private func truth(_ value: JSONValue?, _ place: String) throws(ImageError) -> Bool {
        guard let value, !value.isLeftOut else { return false }
        switch value.string?.lowercased() {
        case "false", "no", "off": return false
        case "true", "yes", "on": return true
        default: throw refuse("\(place) is true or false")
        }
    }
}

extension JSONValue {
    /// True for a key without a value.
    fileprivate var isLeftOut: Bool { self == .null || string == "" }
}

/// A repository, layout or name in the local store as a whole.
enum RepositoryText {
    /// - Throws: ``ImageError`` of code `usage`.
    static func parse(_ text: String) throws(ImageError) -> Reference.Location {
        let reference = try Reference(parsing: text)
        guard reference.tag == nil, reference.digest == nil else {
            throw ImageError(
                .usage, "cannot use \(text) as a repository", "it names one image",
                advice: "leave out its tag or digest")
        }
        return reference.location
    }
}
