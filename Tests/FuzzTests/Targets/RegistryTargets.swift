import FileSystem
import JSON
import OCI

@testable import Registry

/// What registries answer, and what people have configured about them.
enum RegistryTargets {
    static func challenge(_ bytes: [UInt8]) {
        for challenge in Challenge.parse(lines(bytes)) { _ = challenge.parameters["realm"] }
    }

    static func link(_ bytes: [UInt8]) { _ = LinkHeader.parse(lines(bytes)) }

    /// Several headers, one a line.
    private static func lines(_ bytes: [UInt8]) -> [String] {
        bytes.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
    }

    static func toml(_ bytes: [UInt8]) {
        _ = try? JSONValue(toml: bytes)
        let path = Scratch.shared.path("registries.conf")
        guard (try? File.replace(path, with: bytes)) != nil,
            let configuration = try? RegistriesConfiguration(
                ConfigurationLocations(
                    environment: ["CONTAINERS_REGISTRIES_CONF": path], home: "/nowhere", system: "/nowhere"))
        else { return }
        for (host, name) in [("docker.io", "library/alpine"), ("a.example.com:5000", "x/y"), ("localhost", "a")] {
            let repository = Repository(host: host, path: name)
            for reference in [nil, ManifestReference.tag("1"), .digest(Digest(of: []))] {
                _ = try? configuration.endpoints(for: repository, reference: reference)
            }
            _ = try? configuration.primary(for: repository)
        }
    }

    static func authFile(_ bytes: [UInt8]) async throws {
        guard let json = try? JSONValue(parsing: bytes), let file = try? AuthFile(json, name: "file") else { return }
        for (host, path) in [("docker.io", "library/alpine"), ("a.example.com:5000", "x/y"), ("localhost", "")] {
            for source in file.sources(for: RegistryKey(host: host, path: path)) {
                if case .entry(let key) = source { _ = try? file.entry(for: key) }
            }
        }
        // Programs that a file names are not run.
        let store = CredentialStore(
            ConfigurationLocations(
                environment: ["DOCKER_AUTH_CONFIG": String(decoding: bytes, as: UTF8.self)], home: "/nowhere",
                system: "/nowhere"))
        _ = try? await store.credential(host: "a.example.com:5000", repository: "x/y")
    }
}
