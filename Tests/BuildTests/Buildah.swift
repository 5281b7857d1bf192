import JSON
import TestKit

/// The builder that others are compared with, with a storage of its own that has the base images.
struct Buildah: Sendable {
    private let folder: String

    static func shared() async throws -> Buildah { try await made.value }

    private static let made = Task {
        let buildah = Buildah(folder: try Builder.shared().file("buildah"))
        let layout = try await BaseImages.layout()
        try await buildah.take("oci:\(layout):busybox", as: "busybox")
        return buildah
    }

    /// Copies an image into the storage.
    ///
    /// - Parameter image: What skopeo calls it.
    func take(_ image: String, as name: String) async throws {
        let storage = "containers-storage:[overlay@\(folder)/root+\(folder)/run]localhost/\(name)"
        try await Tool.skopeo.output("copy", "-q", "--insecure-policy", image, storage)
    }

    /// Capabilities that steps have by default in Docker, and not in buildah.
    private static let capabilities = "AUDIT_WRITE,MKNOD,NET_RAW,SYS_CHROOT"

    /// Builds a Dockerfile and looks at the image.
    ///
    /// - Throws: ``TestKitError`` with what buildah says when it fails.
    func build(_ arguments: [String], tag: String, context: String) async throws -> ImageFacts {
        try await run(
            [
                "bud", "-q", "--runtime", "/usr/sbin/runc", "--isolation", "oci", "--network", "none", "--cap-add",
                Self.capabilities, "--format", "docker", "-t", tag,
            ] + arguments + ["."], in: context)
        let image = try JSONValue(parsing: Array(try await run(["inspect", "--type", "image", tag]).utf8))
        let container = try await run(["from", "-q", "--pull-never", tag])
        let root = try await run(["mount", container])
        let tree = try Mountable(at: root)
        try await run(["rm", container])
        var facts = ImageFacts(tree, configuration: image["Docker"]?["config"])
        facts.forgetTraces()
        return facts
    }

    @discardableResult
    func run(_ arguments: [String], in directory: String = "/") async throws -> String {
        let outcome = try await Tool("env").run(
            ["-C", directory, "buildah", "--root", "\(folder)/root", "--runroot", "\(folder)/run"] + arguments,
            environment: ["STORAGE_DRIVER": "overlay"], timeout: .seconds(120))
        guard outcome.succeeded else { throw TestKitError("buildah \(arguments): \(outcome.error)") }
        return outcome.output.hasSuffix("\n") ? String(outcome.output.dropLast()) : outcome.output
    }
}

extension ImageFacts {
    /// Forgets what buildah leaves in every image: a label, and the files that it mounts over.
    fileprivate mutating func forgetTraces() {
        for path in ["/etc/hostname", "/etc/hosts", "/etc/resolv.conf", "/run/secrets", "/run/.containerenv"] {
            facts[path] = nil
        }
        let label = /,?"io\.buildah\.version":"[^"]*"/
        facts["Labels"] = facts["Labels"].map { $0.replacing(label, with: "").replacing("{,", with: "{") }
        if facts["Labels"] == "{}" { facts["Labels"] = nil }
    }
}
