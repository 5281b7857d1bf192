internal import Spelling
internal import Units

extension RunMount {
    /// Expands the values and fills in defaults.
    ///
    /// - Throws: ``DockerfileError`` for invalid values, and for keys that the mount's type does not have.
    package func resolved(in environment: Environment) throws(DockerfileError) -> Mount {
        let values = try MountValues(self, in: environment)
        let target = values.text("target")
        let source = values.text("source") ?? ""
        switch values.type {
        case .bind:
            return mount(.bind(source: source, isReadOnly: values.isReadOnly ?? true), target ?? "")
        case .cache:
            let cache = Mount.Cache(
                id: values.text("id") ?? CleanPath.clean(target ?? ""), sharing: values.sharing,
                isReadOnly: values.isReadOnly ?? false, source: source,
                permissions: values.permissions(mode: 0o755))
            return mount(.cache(cache), target ?? "")
        case .tmpfs:
            return mount(.tmpfs(size: values.size, isReadOnly: values.isReadOnly ?? false), target ?? "")
        case .secret:
            return try secret(values, source, target)
        case .ssh:
            let agent = Mount.SSH(
                id: values.text("id") ?? "default", isRequired: values.isRequired,
                permissions: values.permissions(mode: 0o600))
            return mount(.ssh(agent), target)
        }
    }

    private func mount(_ kind: Mount.Kind, _ target: String?) -> Mount {
        Mount(kind: kind, target: target, range: range)
    }

    private func secret(_ values: MountValues, _ source: String, _ target: String?) throws(DockerfileError) -> Mount {
        guard from == nil else { throw range.error("a secret has no from", advice: "leave it out") }
        if !source.isEmpty, values.text("id") != nil {
            throw range.error("a secret has either an id or a source", advice: "keep the id")
        }
        let name = source.isEmpty ? values.text("id") : source
        guard let id = name ?? target.map(CleanPath.last) else {
            throw range.error("the secret has neither an id nor a target", advice: "write it as type=secret,id=NAME")
        }
        let secret = Mount.Secret(
            id: id, variable: values.text("env"), isRequired: values.isRequired,
            permissions: values.permissions(mode: 0o400))
        let mountPoint = target ?? (secret.variable == nil ? "/run/secrets/" + CleanPath.last(of: id) : nil)
        return mount(.secret(secret), mountPoint)
    }
}

/// The expanded and validated values of a mount.
private struct MountValues {
    enum Kind: String, CaseIterable { case bind, cache, tmpfs, secret, ssh }

    private(set) var type = Kind.bind
    private(set) var sharing = Mount.Sharing.shared
    private(set) var isReadOnly: Bool?
    private(set) var isRequired = false
    private(set) var size: Int64 = 0
    private var numbers: [String: UInt32] = [:]
    private var texts: [String: String] = [:]

    init(_ mount: RunMount, in environment: Environment) throws(DockerfileError) {
        var expanded: [(field: RunMount.Field, text: String?)] = []
        for field in mount.fields {
            let isLiteral = field.key == "from"
            let text = isLiteral ? field.value?.text : try field.value?.expanded(in: environment).text
            expanded.append((field, text))
            if field.key == "type" { type = try Self.choice(text ?? "", at: field) }
        }
        for (field, text) in expanded { try read(field, text) }
    }

    /// The last value of a key, reported under its longest name; an empty value counts as absent.
    func text(_ key: String) -> String? {
        texts[key].flatMap { $0.isEmpty ? nil : $0 }
    }

    func permissions(mode: UInt32) -> Mount.Permissions {
        Mount.Permissions(
            mode: numbers["mode"] ?? mode, user: numbers["uid"] ?? 0, group: numbers["gid"] ?? 0,
            areExplicit: !numbers.isEmpty)
    }

    private mutating func read(_ field: RunMount.Field, _ text: String?) throws(DockerfileError) {
        switch field.key {
        case "readonly", "ro": isReadOnly = try Self.truth(text, at: field)
        case "readwrite", "rw": isReadOnly = try !Self.truth(text, at: field)
        case "required":
            try require([.secret, .ssh], for: field)
            isRequired = try Self.truth(text, at: field)
        case "size":
            try require([.tmpfs], for: field)
            guard let bytes = ByteSize(parsing: text ?? "")?.count else {
                throw Self.refuse(text, at: field, "a size as 64m")
            }
            size = bytes
        case "sharing":
            try require([.cache], for: field)
            sharing = try Self.choice(text ?? "", at: field)
        case "env":
            try require([.secret], for: field)
            texts["env"] = text
        case "mode", "uid", "gid":
            try require([.cache, .secret, .ssh], for: field)
            let isMode = field.key == "mode"
            guard let number = UInt32(text ?? "", radix: isMode ? 8 : 10) else {
                throw Self.refuse(text, at: field, isMode ? "octal digits as 0755" : "a number")
            }
            numbers[field.key] = number
        case "source", "src": texts["source"] = text
        case "target", "dst", "destination": texts["target"] = text
        case "type": break
        default: texts[field.key] = text
        }
    }

    private func require(_ types: [Kind], for field: RunMount.Field) throws(DockerfileError) {
        guard !types.contains(type) else { return }
        throw field.range.error(
            "a mount of type \(type.rawValue) has no \"\(field.key)\"",
            advice: "only one of type \(types.map(\.rawValue).joined(separator: ", ")) has")
    }

    private static func truth(_ text: String?, at field: RunMount.Field) throws(DockerfileError) -> Bool {
        guard let text else { return true }
        guard let truth = Flag.truth(of: text) else { throw refuse(text, at: field, "true or false") }
        return truth
    }

    private static func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ text: String, at field: RunMount.Field
    ) throws(DockerfileError) -> Choice {
        if let choice = Choice(rawValue: text.lowercased()) { return choice }
        let names = Choice.allCases.map(\.rawValue)
        throw field.range.error(
            "\"\(text)\" is not a valid \(field.key)",
            advice: NearestName.advice(text, in: names) ?? "it is one of \(names.joined(separator: ", "))")
    }

    private static func refuse(_ text: String?, at field: RunMount.Field, _ expected: String) -> DockerfileError {
        field.range.error("\"\(text ?? "")\" is not a valid \(field.key)", advice: "give \(expected)")
    }
}
