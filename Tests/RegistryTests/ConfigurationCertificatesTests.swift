import OCI
import Registry
import Testing

@Suite struct ConfigurationCertificatesTests {
    @Test func authoritiesAreJoinedAndThePairIsFound() async throws {
        try await ConfigurationFolder.with { folder async throws in
            try folder.write([
                "etc/containers/certs.d/r.example:5000/b.crt": "B\n",
                "etc/containers/certs.d/r.example:5000/a.crt": "A",
                "etc/containers/certs.d/r.example:5000/client.cert": "C",
                "etc/containers/certs.d/r.example:5000/client.key": "K",
                "etc/containers/certs.d/r.example:5000/README": "no",
            ])
            let folders = CertificateFolders(folder.locations())
            let material = try #require(try folders.material(for: "r.example:5000"))
            #expect(String(decoding: material.caBundle, as: UTF8.self) == "A\nB\n")
            let base = "\(folder.etc)/containers/certs.d/r.example:5000"
            #expect(material.clientCertificatePath == "\(base)/client.cert")
            #expect(material.clientKeyPath == "\(base)/client.key")
            #expect(try folders.material(for: "r.example") == nil)
        }
    }

    @Test(arguments: [
        (["etc/docker/certs.d/r.example"], "etc/docker/certs.d/r.example"),
        (
            ["etc/docker/certs.d/r.example", "etc/containers/certs.d/r.example"], "etc/containers/certs.d/r.example"
        ),
        (
            ["etc/containers/certs.d/r.example", "home/.config/containers/certs.d/r.example"],
            "home/.config/containers/certs.d/r.example"
        ),
        (["home/.config/containers/certs.d/r.example", "extra"], "extra"),
        (["extra", "extra/r.example"], "extra/r.example"),
    ])
    func theFirstFolderThatExistsCounts(present: [String], winner: String) async throws {
        try await ConfigurationFolder.with { folder async throws in
            for name in present { try folder.write("\(name)\n", to: "\(name)/ca.crt") }
            let extra = present.contains("extra") ? "\(folder.path)/extra" : nil
            let material = try CertificateFolders(folder.locations(), extra: extra).material(for: "r.example")
            #expect(material?.caBundle == Array("\(winner)\n".utf8))
            #expect(material?.clientCertificatePath == nil)
        }
    }

    @Test(arguments: [("client.cert", "client.key"), ("client.key", "client.cert")])
    func halfAPairIsAnErrorThatNamesTheOtherHalf(present: String, missing: String) async throws {
        try await ConfigurationFolder.with { folder async throws in
            try folder.write("x", to: "etc/docker/certs.d/r.example/\(present)")
            let error = #expect(throws: ImageError.self) {
                try CertificateFolders(folder.locations()).material(for: "r.example")
            }
            #expect(error?.description.contains("not \(missing)") == true)
        }
    }

    @Test(arguments: ["r.example", "", ".", "..", "../docker"])
    func whereNothingIsThereIsNothing(host: String) async throws {
        try await ConfigurationFolder.with { folder async throws in
            try folder.write("x", to: "etc/docker/certs.d/ca.crt")
            #expect(try CertificateFolders(folder.locations()).material(for: host) == nil)
        }
    }

    @Test func anEmptyFolderIsNothing() async throws {
        try await ConfigurationFolder.with { folder async throws in
            try folder.write("x", to: "etc/containers/certs.d/r.example/README")
            #expect(try CertificateFolders(folder.locations()).material(for: "r.example") == nil)
        }
    }
}
