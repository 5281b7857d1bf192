import DockerfileLanguage
import ImageLayout
import ImageTools
import JSON
import OCI
import Spelling
import Terminal
import YAML

/// What people type, and JSON.
enum TextTargets {
    static func json(_ bytes: [UInt8]) throws {
        guard let value = try? JSONValue(parsing: bytes) else { return }
        for layout in [JSONValue.Layout.compact, .indented, .legible, .shown, .shownOnOneLine] {
            let written = value.bytes(layout)
            let again = try? JSONValue(parsing: written)
            try promise(again == value, "what is written as \(layout) is something else")
        }
        try promise(value.text(.shown).isHarmless, "a terminal obeys what is shown")
        let document = try JSONDocument(bytes: bytes)
        let escaped = document.bytes(escapingOrders: true)
        try promise((try? JSONValue(parsing: escaped)) == value, "the escaped text is something else")
    }

    /// YAML, and versions in its lines.
    static func yaml(_ bytes: [UInt8]) throws {
        _ = try? YAMLDocument.parse(bytes)
        let versions = SemanticVersion("1.2.3").map { [$0] } ?? []
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n").prefix(50) {
            let range = try? VersionRange(String(line))
            for version in versions + [SemanticVersion(line)].compactMap({ $0 }) {
                _ = range?.contains(version)
                try promise(!(version < version), "\(version) is before itself")
            }
        }
    }

    static func reference(_ bytes: [UInt8]) throws {
        let text = String(decoding: bytes, as: UTF8.self)
        _ = try? Digest(text)
        _ = try? StoredImageName(parsing: text)
        _ = try? GitReference(parsing: text)
        _ = try? RemoteSource(recognising: text)
        _ = try? AnnotationRule(parsing: text)
        _ = Reference.leavesRegistryOut(text)
        _ = DockerfileFrontend.warning(about: text)
        if let template = ReferenceTemplate(text) {
            _ = try? template.reference(for: Platform(os: "linux", architecture: "arm", variant: "v7"))
        }
        guard let reference = try? Reference(parsing: text) else { return }
        // A description may say what is meant where nothing was said.
        let again = try? Reference(parsing: reference.description)
        try promise(
            again?.description == reference.description, "\(reference) is read as \(again.map { "\($0)" } ?? "nothing")"
        )
    }

    static func platform(_ bytes: [UInt8]) throws {
        _ = Platform(elfHeader: bytes)
        guard let platform = try? Platform(parsing: String(decoding: bytes, as: UTF8.self)) else { return }
        let normalized = platform.normalized
        try promise(normalized.normalized == normalized, "\(normalized) is not normalized at once")
        try promise(platform.isSame(as: platform), "\(platform) is not itself")
        _ = PlatformNames(of: platform).fields
        _ = Platform.host.best(of: [platform, nil, normalized])
        let again = try? Platform(parsing: normalized.fullDescription)
        try promise(again?.normalized == normalized, "\(normalized.fullDescription) is read as something else")
    }

    /// A template, a line `%%`, and the JSON that it is filled in with.
    static func template(_ bytes: [UInt8]) async {
        let parts = Parts(bytes)
        guard let first = parts.contents.first,
            let template = try? Template(parsing: String(decoding: first, as: UTF8.self))
        else { return }
        let data = parts.contents.dropFirst().first.flatMap { try? JSONValue(parsing: $0) } ?? sample
        _ = try? await template.render(.json(data))
    }

    private static let sample: JSONValue = [
        "Name": "a:1", "manifests": [["digest": "sha256:1", "size": 1, "platform": ["os": "linux"]], ["size": 2]],
        "annotations": ["a b": "x", "é": "👩‍👩‍👧 y"], "no": .null, "yes": true, "real": .real(1.5), "": [],
    ]
}
