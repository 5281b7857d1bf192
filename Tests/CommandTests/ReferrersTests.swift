import JSON
import OCI
import TestKit
import Testing

@Suite("referrers")
struct ReferrersTests {
    private let image = TestImage()

    @Test("are shown as a tree, and by type", arguments: ImagePlace.Kind.allCases)
    func tree(kind: ImagePlace.Kind) async throws {
        let bill = TestImage.artifact("application/spdx+json", "bill", subject: image.descriptor)
        let signature = TestImage.artifact("application/vnd.example.signature", "signed", subject: bill.descriptor)
        try await ImagePlace.with(kind, ["v1": TestIndex([image])]) { place in
            try await TemporaryFolder.with { folder in
                let layout = try TestLayout(in: folder, ["bill": bill, "signature": signature])
                for tag in ["bill", "signature"] { try await printed("copy", "oci:\(layout.path):\(tag)", place(tag)) }
            }
            let words = ["referrers", place("v1"), "--platform", "linux/amd64"]
            let expected = """
                \(place.printedName):v1@\(image.digest)
                └── application/spdx+json  \(bill.digest)
                    └── application/vnd.example.signature  \(signature.digest)

                """
            #expect(try await Tool.imgtool.run(words).output == expected)
            let filtered = words + ["--artifact-type", "application/vnd.example.signature"]
            #expect(try await Tool.imgtool.run(filtered).output == expected)
            let other = try await Tool.imgtool.run(words + ["--artifact-type", "application/spdx+json"])
            #expect(other.output == expected.split(separator: "\n").prefix(2).map { "\($0)\n" }.joined())
            let json = try JSONValue(parsing: await Tool.imgtool.run(words + ["--format", "json"]).outputBytes)
            #expect(json["referrers"]?.array?.first?["referrers"]?.array?.count == 1)
            #expect(try await printed("referrers", place("v1")).split(separator: "\n").count == 1)
        }
    }
}
