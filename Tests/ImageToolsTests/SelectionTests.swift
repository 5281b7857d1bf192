import ImageTools
import JSON
import OCI
import TestKit
import Testing

@Suite("The image for a platform")
struct SelectionTests {
    private func view(_ content: any TestContent) async throws -> (ImageView, MemoryStore) {
        let stores = try MemoryStores(["example.org/app:v1": content])
        let view = try await ImageView.load(Reference(parsing: "example.org/app:v1"), from: stores)
        return (view, try stores["example.org/app"])
    }

    @Test(arguments: [
        ("linux/amd64", 0), ("linux/amd64/v3", 0), ("linux/386", nil), ("linux/arm/v7", 1), ("linux/arm64", 1),
        ("linux/arm/v6", nil), ("windows/amd64", 2), ("windows(10.0.17763)/amd64", 2),
        ("windows(10.0.20348)/amd64", 3), ("windows(10.0.1)/amd64", nil),
    ])
    func `is the best that runs there`(wanted: String, position: Int?) async throws {
        let windows = ["10.0.17763.1", "10.0.20348.5"].map {
            TestImage(Platform(os: "windows", architecture: "amd64", osVersion: $0))
        }
        let images = [TestImage(), TestImage(Platform(os: "linux", architecture: "arm", variant: "v7"))] + windows
        let (view, _) = try await view(TestIndex(images))
        let found = try? await view.selected(for: Platform(parsing: wanted))
        #expect(found?.content.digest == position.map { images[$0].digest })
        let descriptor = try? await view.selectedDescriptor(for: Platform(parsing: wanted))
        #expect(descriptor?.digest == position.map { images[$0].digest })
    }

    @Test func `is found in an index in an index, and never an attestation`() async throws {
        let image = TestImage()
        let inner = TestIndex([TestImage.attestation(of: image.descriptor), image])
        let (view, _) = try await view(TestIndex([inner]))
        #expect(try await view.selected(for: Platform(parsing: "linux/amd64")).content.digest == image.digest)
    }

    @Test func `is the best by the configurations when no entry says what it is for`() async throws {
        let images = [
            TestImage(Platform(os: "linux", architecture: "386")), TestImage(),
            TestImage(Platform(os: "linux", architecture: "arm64")),
        ]
        let artifact = TestImage.artifact("application/x.sbom", "text")
        let index = TestIndex([artifact] + images, statesPlatforms: false)
        let (view, _) = try await view(index)
        for (wanted, image) in [("linux/amd64", images[1]), ("linux/386", images[0]), ("linux/arm64", images[2])] {
            let platform = try Platform(parsing: wanted)
            #expect(try await view.selected(for: platform).content.digest == image.digest)
            #expect(try await view.selectedDescriptor(for: platform).digest == image.digest)
        }
        let error = await #expect(throws: ImageError.self) {
            try await view.selected(for: Platform(parsing: "linux/s390x"))
        }
        #expect(error?.code == .notFound)
        #expect(error?.description.hasSuffix("it has linux/386, linux/amd64, linux/arm64") == true)
    }

    @Test func `is asked for only when no entry says that it is right`() async throws {
        let unstated = TestIndex([TestImage()], statesPlatforms: false)
        let stated = TestImage(Platform(os: "linux", architecture: "386"))
        let (view, store) = try await view(TestIndex([unstated, stated]))
        #expect(try await view.selectedDescriptor(for: Platform(parsing: "linux/amd64")).digest == stated.digest)
        #expect(store.log == ["manifest v1"])
    }

    @Test func `is found although others cannot be read`() async throws {
        let image = TestImage()
        let missing = TestImage(Platform(os: "linux", architecture: "arm64"))
        let index = TestIndex([missing, image], statesPlatforms: false)
        let store = MemoryStore("place")
        store.add(image, tag: nil)
        let content = try ManifestContent(bytes: index.manifest, mediaType: "", digest: nil, of: "place")
        let view = ImageView(reference: try Reference(parsing: "place/app:v1"), source: store, content: content)
        #expect(try await view.selected(for: Platform(parsing: "linux/amd64")).content.digest == image.digest)
        let error = await #expect(throws: ImageError.self) {
            try await view.selected(for: Platform(parsing: "linux/arm64"))
        }
        #expect(error?.description.contains("\(missing.digest)") == true)
    }

    @Test func `is one of several in indexes in indexes, each of which is read once`() async throws {
        let images = ["amd64", "arm64", "s390x"].map { TestImage(Platform(os: "linux", architecture: $0)) }
        let inner = TestIndex([images[1], TestIndex([images[2]])])
        let (view, store) = try await view(TestIndex([inner, inner, images[0]]))
        #expect(try await view.images().map(\.entry.digest) == [0, 1, 2].map { images[$0].digest })
        #expect(try await view.selected(for: Platform(parsing: "linux/s390x")).content.digest == images[2].digest)
        #expect(store.log.filter { $0 == "manifest \(inner.digest)" }.count == 1)
    }

    @Test func `is the image itself when it is alone`() async throws {
        let (view, _) = try await view(TestImage(Platform(os: "linux", architecture: "arm", variant: "v6")))
        #expect(try await view.selected(for: Platform(parsing: "linux/arm64")).content.digest == view.content.digest)
        let error = await #expect(throws: ImageError.self) {
            try await view.selected(for: Platform(parsing: "linux/amd64"))
        }
        #expect(error?.code == .notFound)
        #expect(error?.description.hasSuffix("it has linux/arm/v6") == true)
    }

    @Test func `is looked up with as few questions as it takes`() async throws {
        let images = [TestImage(), TestImage(Platform(os: "linux", architecture: "arm64"))]
        let (view, store) = try await view(TestIndex(images))
        _ = try await view.selectedDescriptor(for: Platform(parsing: "linux/arm64"))
        #expect(store.log == ["manifest v1"])
        for _ in 1...2 { _ = try await view.selected(for: Platform(parsing: "linux/arm64")).config() }
        let config = try #require(images[1].blobs.first)
        #expect(store.log == ["manifest v1", "manifest \(images[1].digest)", "blob \(Digest(of: config))"])
    }

    @Test func `is not used when its size is not what the index says`() async throws {
        var entry = TestImage().descriptor
        entry.size += 1
        let index = Index(mediaType: MediaType.ociIndex, manifests: [entry])
        let store = MemoryStore("place")
        store.add(TestImage(), tag: nil)
        let view = ImageView(
            reference: try Reference(parsing: "place/app:v1"), source: store, content: ManifestContent(index))
        let error = await #expect(throws: ImageError.self) { try await view.child(entry) }
        #expect(error?.code == .verification)
    }
}
