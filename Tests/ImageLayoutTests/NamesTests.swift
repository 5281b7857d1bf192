import JSON
import OCI
import Testing

@testable import ImageLayout

@Suite struct NamesTests {
    static let ref = AnnotationKey.refName
    static let full = AnnotationKey.containerdName

    /// An index whose entries have these annotations, and the digests of the numbers 0, 1, 2…
    func index(_ annotations: [[String: String]]) throws -> LayoutIndex {
        let entries = annotations.enumerated().map { number, annotations in
            Descriptor(
                mediaType: MediaType.ociManifest, digest: Digest(of: [UInt8(number)]), size: 1, annotations: annotations
            )
        }
        return try LayoutIndex(parsing: Index(mediaType: MediaType.ociIndex, manifests: entries).json.bytes())
    }

    @Test(arguments: [
        ([[ref: "v1"], [ref: "v2"]], "v2", 1),
        ([[full: "docker.io/library/app:v1"], [ref: "v1"]], "v1", 1),
        ([[ref: "v1"], [full: "docker.io/library/app:v1"]], "v1", 0),
        ([[ref: "v1"], [ref: "v1"]], "v1", 1),
        ([[full: "docker.io/library/app:v1"], [:]], "v1", 0),
        ([[full: "v1"], [:]], "v1", 0),
        ([[ref: "localhost:5000/app:v1"], [:]], "v1", 0),
        ([[ref: "localhost:5000/app"], [:]], "localhost:5000/app", 0),
        ([[ref: "app:v1", full: "docker.io/library/app:v1"], [:]], "v1", 0),
        ([[ref: "app:v1"], [ref: "app:v1"]], "v1", 1),
        ([[ref: "v1"]], "latest", 0),
        ([[:]], "latest", 0),
        ([[AnnotationKey.manifestSubject: "sha256:0"], [:]], "latest", 1),
        ([[ref: "v1"], [full: "app:latest"]], "latest", 1),
    ])
    func aTagMeans(annotations: [[String: String]], tag: String, position: Int) throws {
        let entry = try index(annotations).entry(for: tag, in: "oci-layout:///x")
        #expect(entry.descriptor.digest == Digest(of: [UInt8(position)]))
    }

    @Test(arguments: [
        ([[ref: "v1"]], "v2", "no image has that name; there is v1"),
        ([[ref: "v1"]], "1", "no image has that name; there is v1"),
        ([[ref: "v1"], [ref: "v2"]], "latest", "no image has that name; there is v1, v2"),
        (
            [[:], [:]], "latest",
            "nothing in it has a name; there is @\(Digest(of: [0])), @\(Digest(of: [1]))"
        ),
        (
            [[:], [AnnotationKey.manifestSubject: "\(Digest(of: [0]))"], [:]], "latest",
            "nothing in it has a name; there is @\(Digest(of: [0])), @\(Digest(of: [2]))"
        ),
        ([], "latest", "nothing in it has a name"),
        (
            (10..<22).map { [ref: "v\($0)"] }, "x",
            "no image has that name; there is v10, v11, v12, v13, v14, v15, v16, v17, v18, v19 and 2 more"
        ),
    ])
    func aTagThatNobodyHasIsNotFoundAndTheOthersAreListed(
        annotations: [[String: String]], tag: String, says: String
    ) throws {
        let error = #expect(throws: ImageError.self) { try index(annotations).entry(for: tag, in: "oci:x") }
        #expect("\(try #require(error))" == "cannot find oci:x:\(tag): \(says)")
        #expect(error?.code == .notFound)
    }

    @Test func differentImagesWithOneTagAreNotMixedUp() throws {
        let index = try index([[Self.full: "example/b:v1"], [Self.full: "example/a:v1"]])
        let error = #expect(throws: ImageError.self) { try index.entry(for: "v1", in: "oci:x") }
        #expect("\(try #require(error))".contains("it can be any of example/a:v1, example/b:v1"))
    }

    @Test func tagsAreSortedAndUnique() throws {
        let index = try index([
            [Self.ref: "v2"], [Self.full: "app:v1", Self.ref: "v1"], [:], [Self.full: "a/b:v2"], [Self.ref: ""],
        ])
        #expect(index.tags == ["v1", "v2"])
    }
}
