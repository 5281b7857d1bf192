internal import FileSystem
internal import JSON
package import OCI

/// The contexts of the docker client. They are read, and never changed.
package struct DockerContexts: Sendable {
    /// The name of the context that consists of the environment alone.
    package static let defaultName = "default"
    private static let defaultHost = "unix:///var/run/docker.sock"

    private let locations: BuilderLocations

    package init(_ locations: BuilderLocations) {
        self.locations = locations
    }

    /// The name of the current context.
    ///
    /// - Throws: ``ImageError``.
    package func currentName() throws(ImageError) -> String {
        if locations.variable("DOCKER_HOST") != nil { return Self.defaultName }
        if let name = locations.variable("DOCKER_CONTEXT") { return name }
        let path = "\(locations.docker)/config.json"
        guard let bytes = try ConfigurationText.read(path, about: "docker contexts") else { return Self.defaultName }
        let name = (try? JSONValue(parsing: bytes))?["currentContext"]?.string ?? ""
        return name.isEmpty ? Self.defaultName : name
    }

    /// The key under which buildx remembers the builder for the current context: the name of the context, or its address
    /// if it is the default one.
    ///
    /// - Throws: ``ImageError``.
    package func currentKey() throws(ImageError) -> String {
        let name = try currentName()
        return name == Self.defaultName ? fromEnvironment.host : name
    }

    /// The saved contexts with a Docker engine, sorted by name. Damaged ones are omitted.
    ///
    /// - Throws: ``ImageError``.
    package func all() throws(ImageError) -> [DockerContext] {
        var contexts: [DockerContext] = []
        for folder in try ConfigurationText.names(in: "\(locations.docker)/contexts/meta") {
            if let context = try? context(in: folder) { contexts.append(context) }
        }
        return contexts.sorted { $0.name < $1.name }
    }

    /// The context with a name.
    ///
    /// - Throws: ``ImageError``.
    package func named(_ name: String) throws(ImageError) -> DockerContext {
        if name == Self.defaultName { return fromEnvironment }
        guard let context = try context(in: Self.folder(of: name)) else {
            throw ImageError(
                .notFound, "cannot use the docker context \(name)", "there is no such context",
                advice: "docker context ls shows what there is")
        }
        return context
    }

    private static func folder(of name: String) -> String { Digest(of: Array(name.utf8)).hex }

    private func context(in folder: String) throws(ImageError) -> DockerContext? {
        let path = "\(locations.docker)/contexts/meta/\(folder)/meta.json"
        guard let bytes = try ConfigurationText.read(path, about: "a docker context") else { return nil }
        let json: JSONValue
        do {
            json = try JSONValue(parsing: bytes)
        } catch {
            throw ImageError(.failed, "cannot read \(path) about a docker context", error.description)
        }
        guard let name = json["Name"]?.string, Self.folder(of: name) == folder,
            let engine = json["Endpoints"]?["docker"], let host = engine["Host"]?.string
        else { return nil }
        var tls = certificates(in: "\(locations.docker)/contexts/tls/\(folder)/docker")
        if engine["SkipTLSVerify"]?.bool == true {
            tls = tls ?? NodeCertificates()
            tls?.acceptsAny = true
        }
        return DockerContext(name: name, host: host, tls: host.hasPrefix("tcp://") ? tls : nil)
    }

    /// The context that `DOCKER_HOST` and its companions make.
    private var fromEnvironment: DockerContext {
        let host = locations.variable("DOCKER_HOST") ?? Self.defaultHost
        var tls: NodeCertificates?
        let verifies = locations.variable("DOCKER_TLS_VERIFY") != nil
        if host.hasPrefix("tcp://"), verifies || locations.variable("DOCKER_TLS") != nil {
            tls = certificates(in: locations.variable("DOCKER_CERT_PATH") ?? locations.docker) ?? NodeCertificates()
            tls?.acceptsAny = !verifies
        }
        return DockerContext(name: Self.defaultName, host: host, tls: tls)
    }

    private func certificates(in folder: String) -> NodeCertificates? {
        func file(_ name: String) -> String? {
            let path = "\(folder)/\(name).pem"
            return (try? FileStatus(of: path)) == nil ? nil : path
        }
        let found = NodeCertificates(authority: file("ca"), certificate: file("cert"), key: file("key"))
        return found == NodeCertificates() ? nil : found
    }
}
