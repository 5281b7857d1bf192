import OCI
import Spelling

/// What reads the words of strangers, each given any bytes. Errors are no finding; what ends the program, takes long or
/// breaks a promise is one.
package enum FuzzTarget: String, CaseIterable, Sendable {
    case archive, authFile = "auth-file", challenge, configuration, dockerfile
    case dockerArchive = "docker-archive", ignoreFile = "ignore-file", image, json, layout, link, plan, platform
    case reference, tar, template, toml, unpacking, yaml

    /// - Throws: ``BrokenPromise``.
    package func test(_ bytes: [UInt8]) async throws {
        switch self {
        case .archive: try await ArchiveTargets.archive(bytes, .oci)
        case .authFile: try await RegistryTargets.authFile(bytes)
        case .challenge: RegistryTargets.challenge(bytes)
        case .configuration: try await BuildTargets.configuration(bytes)
        case .dockerfile: try BuildTargets.dockerfile(bytes)
        case .dockerArchive: try await ArchiveTargets.archive(bytes, .docker)
        case .ignoreFile: BuildTargets.ignoreFile(bytes)
        case .image: try await ImageTargets.image(bytes)
        case .json: try TextTargets.json(bytes)
        case .layout: try await ImageTargets.layout(bytes)
        case .link: RegistryTargets.link(bytes)
        case .plan: try await BuildTargets.plan(bytes)
        case .platform: try TextTargets.platform(bytes)
        case .reference: try TextTargets.reference(bytes)
        case .tar: ArchiveTargets.tar(bytes)
        case .template: await TextTargets.template(bytes)
        case .toml: RegistryTargets.toml(bytes)
        case .unpacking: try ArchiveTargets.unpacking(bytes)
        case .yaml: try TextTargets.yaml(bytes)
        }
    }
}

/// What an input showed to be untrue.
package struct BrokenPromise: Error, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

func promise(_ isKept: Bool, _ text: @autoclosure () -> String) throws {
    if !isKept { throw BrokenPromise(text()) }
}

extension StringProtocol {
    /// Whether it may be shown as it is.
    var isHarmless: Bool { unicodeScalars.allSatisfy { $0 == "\n" || !$0.isOrder } }
}
