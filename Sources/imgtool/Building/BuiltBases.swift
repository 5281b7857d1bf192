internal import BuildEngine
internal import BuildPlan
internal import Builders
internal import Concurrency
internal import ImageLayout
internal import OCI
internal import Terminal

/// The base images of a build: a name without a registry refers to the local store's image of that name if it was built
/// here. This way, registering the name elsewhere cannot inject an image into the build.
struct BuiltBases: BaseImages {
    let images: ImageLibrary
    let store: LocalStore
    /// True to ask registries nevertheless.
    let asksRegistries: Bool
    let view: ProgressView
    private let known = Guarded<[String: Reference?]>([:])

    init(_ images: ImageLibrary, in store: LocalStore, asksRegistries: Bool, view: ProgressView) {
        self.images = images
        self.store = store
        self.asksRegistries = asksRegistries
        self.view = view
    }

    func image(for request: BaseImage.Request) async throws -> BaseImage {
        guard let stored = try stored(request.reference) else { return try await images.image(for: request) }
        let platform = request.platform
        let image: BaseImage
        do {
            image = try await images.image(for: .init(reference: stored.description, platform: platform))
        } catch let error as ImageError where error.code == .notFound {
            throw ImageError(error.code, error.attempt, error.reason, advice: Self.advice(for: platform))
        }
        // In a registry, a single image stands for all platforms; here, the platform that it was built for is known.
        let (made, wanted) = (image.platform.normalized, platform.normalized)
        guard made.os == wanted.os, made.architecture == wanted.architecture else {
            throw ImageError(
                .notFound, "cannot find \(platform.fullDescription) in \(stored)",
                "it has \(image.platform.fullDescription)", advice: Self.advice(for: platform))
        }
        return image
    }

    /// The image or index that a name in the Dockerfile stands for, for nodes. They read it from its registry themselves;
    /// anything else is sent to them.
    func pinned(_ name: String) async throws -> PinnedImage {
        let reference = try stored(name) ?? Reference(parsing: name)
        let (digest, source) = try await images.top(of: reference.description)
        let isInRegistry = if case .repository = reference.location { true } else { false }
        return PinnedImage(name: name, reference: reference, digest: digest, source: isInRegistry ? nil : source)
    }

    private static func advice(for platform: Platform) -> String {
        "build it for \(platform.fullDescription), too, or ask the registry with --pull"
    }

    /// The store's reference for a name; `nil` if the store has none. The result is the same throughout a build,
    /// whatever concurrent builds do.
    private func stored(_ text: String) throws(ImageError) -> Reference? {
        guard !asksRegistries, Reference.leavesRegistryOut(text) else { return nil }
        return try known.withLock { (known) throws(ImageError) in
            if let reference = known[text] { return reference }
            let reference = try look(for: text)
            known[text] = .some(reference)
            return reference
        }
    }

    private func look(for text: String) throws(ImageError) -> Reference? {
        let reference = try Reference(parsing: text)
        guard case .repository(let repository) = reference.location,
            let built = try store.built(repository, reference.manifestReference)
        else { return nil }
        let name = "store:\(repository.familiarName)\(reference.tag.map { ":\($0)" } ?? "")@\(built.digest)"
        view.note("\(text) is the image of that name that was built here, \(name); --pull asks \(repository.host)")
        return Reference(.stored(repository), tag: reference.tag, digest: built.digest)
    }
}
