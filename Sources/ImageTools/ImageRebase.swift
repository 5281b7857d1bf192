internal import Concurrency
internal import JSON
package import OCI

/// Rebases images: replaces the layers of the old base with those of the new one.
package final class ImageRebase: Sendable {
    private let newBase: Reference
    private let oldBase: Reference?
    private let stores: any ImageStores
    private let cache = ImageCache()
    private let views = SingleFlight<Reference, ImageView>()

    /// - Parameters:
    ///   - newBase: An image or index; each image gets the base for its platform.
    ///   - oldBase: The current base; `nil` to take it from annotations (image-spec, annotations.md,
    ///     `org.opencontainers.image.base.name` and `….digest`).
    package init(onto newBase: Reference, from oldBase: Reference?, in stores: any ImageStores) {
        self.newBase = newBase
        self.oldBase = oldBase
        self.stores = stores
    }

    /// A base of an image.
    private struct Base {
        let view: ImageView
        let image: LayeredImage
    }

    /// The image on the new base.
    struct Result {
        let image: LayeredImage
        let annotations: [(key: String, value: String)]
        /// The layers of the new base.
        let blobs: [NewBlob]
    }

    /// - Parameters:
    ///   - image: The image; `view` has its manifest.
    ///   - annotations: The annotations of the index that it is in.
    /// - Throws: ``ImageError``; of code `usage` if the old base is unknown, of code `failed` if the image is not based
    ///   on it.
    func apply(to image: LayeredImage, _ view: ImageView, annotations: [String: String]) async throws -> Result {
        let attempt = "cannot rebase \(view.pinnedName)"
        guard let platform = image.configuration.platform?.normalized else {
            throw ImageError(.failed, attempt, "its configuration names no platform")
        }
        let own = try view.content.imageManifest().annotations
        let reference = try oldBase ?? recorded(own) ?? recorded(annotations)
        guard let reference else {
            throw ImageError(
                .usage, attempt, "nothing says what it was built on: it has no annotation \(AnnotationKey.baseDigest)",
                advice: "name that with --old-base")
        }
        let (old, new) = (try await base(reference, for: platform), try await base(newBase, for: platform))
        let ids = try image.configuration.diffIDs
        let oldIDs = try old.image.configuration.diffIDs
        guard ids.starts(with: oldIDs) else {
            let index = zip(ids, oldIDs).prefix { $0 == $1 }.count
            throw ImageError(
                .failed, attempt, "it is not on \(old.view.pinnedName), whose layer \(index + 1) it does not have")
        }
        var result = image
        result.layers = new.image.layers + image.layers.dropFirst(oldIDs.count)
        result.set(diffIDs: try new.image.configuration.diffIDs + ids.dropFirst(oldIDs.count))
        if !image.history.isEmpty {
            result.history = new.image.history + image.history.dropFirst(old.image.history.count)
        }
        result.configuration.follow(from: old.image.configuration, to: new.image.configuration)
        let blobs = try new.view.content.imageManifest().layers
            .filter { !MediaType.isForeignLayer($0.mediaType) }
            .map { NewBlob(BlobContent($0, in: new.view.source), .layer, from: new.view.source) }
        let name = Reference(newBase.location, tag: newBase.tag, digest: nil).description
        return Result(
            image: result,
            annotations: [
                (AnnotationKey.baseDigest, new.view.content.digest.description), (AnnotationKey.baseName, name),
            ], blobs: blobs)
    }

    /// The base according to annotations.
    private func recorded(_ annotations: [String: String]) throws(ImageError) -> Reference? {
        guard let name = annotations[AnnotationKey.baseName], let digest = annotations[AnnotationKey.baseDigest] else {
            return nil
        }
        return Reference(try Reference(parsing: name).location, tag: nil, digest: try Digest(digest))
    }

    private func base(_ reference: Reference, for platform: Platform) async throws -> Base {
        let (stores, cache) = (stores, cache)
        let view = try await views.value(for: reference) {
            try await ImageView.load(reference, from: stores, cache: cache)
        }
        let selected = try await view.selected(for: platform)
        return Base(view: selected, image: try await LayeredImage(selected))
    }
}

extension ImageConfiguration {
    /// Applies the differences between two bases, except to values that the image has changed.
    fileprivate mutating func follow(from old: ImageConfiguration, to new: ImageConfiguration) {
        for name in ["Labels", "ExposedPorts", "Volumes"] {
            let names = [old, new].flatMap { $0[runtime: name]?.object?.members.map(\.name) ?? [] }
            for key in names {
                let before = old[runtime: name]?[key]
                guard self[runtime: name]?[key] == before, before != new[runtime: name]?[key] else { continue }
                var object = self[runtime: name]?.object ?? JSONObject()
                object[key] = new[runtime: name]?[key]
                self[runtime: name] = object.isEmpty ? nil : .object(object.sorted)
            }
        }
        for name in (old.strings("Env") + new.strings("Env")).map(\.variableName) {
            let before = old.variable(name)
            guard variable(name) == before, before != new.variable(name) else { continue }
            setVariable(name, to: new.variable(name))
        }
        for name in [
            "User", "Entrypoint", "Cmd", "WorkingDir", "StopSignal", "Healthcheck", "Shell", "ArgsEscaped",
        ] where self[runtime: name] == old[runtime: name] && old[runtime: name] != new[runtime: name] {
            self[runtime: name] = new[runtime: name]
        }
        for name in ["os.version", "os.features"] where self[name] == old[name] {
            if old[name] != new[name] { self[name] = new[name] }
        }
    }

    private func variable(_ name: String) -> String? {
        strings("Env").first { $0.variableName == name }.map { String($0.dropFirst(name.count + 1)) }
    }
}

extension String {
    /// The name in `NAME=VALUE`.
    fileprivate var variableName: String { String(prefix { $0 != "=" }) }
}
