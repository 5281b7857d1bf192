internal import JSON
internal import OCI

/// New values for an image configuration (image-spec, config.md). Fields that are `nil` or empty stay as they are.
package struct ConfigurationChange: Sendable, Hashable {
    package struct Pair: Sendable, Hashable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package var labels: [Pair] = []
    package var removedLabels: [String] = []
    package var environment: [Pair] = []
    package var removedEnvironment: [String] = []
    /// An empty array removes it.
    package var command: [String]?
    /// An empty array removes it.
    package var entrypoint: [String]?
    /// An empty text removes it, as with the next two.
    package var user: String?
    package var workingDirectory: String?
    package var stopSignal: String?
    /// Ports such as `80/tcp`.
    package var ports: [String] = []
    package var volumes: [String] = []
    /// In RFC 3339.
    package var created: String?

    package init() {}

    package var isEmpty: Bool { self == ConfigurationChange() }

    func apply(to configuration: inout ImageConfiguration) {
        configuration.label(labels.map { ($0.name, $0.value) })
        for name in removedLabels { configuration.removeLabel(name) }
        for pair in environment { configuration.setVariable(pair.name, to: pair.value) }
        for name in removedEnvironment { configuration.setVariable(name, to: nil) }
        configuration.insert(ports, into: "ExposedPorts")
        configuration.insert(volumes, into: "Volumes")
        for (field, words) in [("Entrypoint", entrypoint), ("Cmd", command)] {
            guard let words else { continue }
            configuration[runtime: field] = words.isEmpty ? nil : .array(words.map { .string($0) })
        }
        for (field, text) in [("User", user), ("WorkingDir", workingDirectory), ("StopSignal", stopSignal)] {
            guard let text else { continue }
            configuration[runtime: field] = text.isEmpty ? nil : .string(text)
        }
        if let created { configuration["created"] = .string(created) }
    }
}

extension ImageConfiguration {
    fileprivate mutating func removeLabel(_ name: String) {
        guard var labels = self[runtime: "Labels"]?.object, labels[name] != nil else { return }
        labels[name] = nil
        self[runtime: "Labels"] = labels.isEmpty ? nil : .object(labels)
    }

    /// Sets an environment variable, keeping its position, or removes it with `nil`.
    mutating func setVariable(_ name: String, to value: String?) {
        var variables = strings("Env")
        let index = variables.firstIndex { $0.hasPrefix("\(name)=") }
        switch (index, value) {
        case (nil, nil): return
        case (nil, .some(let value)): variables.append("\(name)=\(value)")
        case (.some(let index), .some(let value)): variables[index] = "\(name)=\(value)"
        case (.some(let index), nil): variables.remove(at: index)
        }
        self[runtime: "Env"] = variables.isEmpty ? nil : .array(variables.map { .string($0) })
    }
}
