import Archive
import BuildEngine
import ImageTools
import OCI
import Testing

@testable import imgtool

@Suite("--output")
struct BuildOutputTests {
    private func kind(_ text: String, tags: [String] = [], isMultiPlatform: Bool = false) throws -> BuildOutput.Kind {
        try BuildOutput(parsing: text, tags: tags, isMultiPlatform: isMultiPlatform).kind
    }

    @Test func `says where the result goes`() throws {
        #expect(try kind("out") == .files(destination: "out", isArchive: false, split: .whenSeveral))
        #expect(try kind("type=tar,dest=-") == .files(destination: "-", isArchive: true, split: .whenSeveral))
        #expect(
            try kind("type=local,dest=out,platform-split=false")
                == .files(destination: "out", isArchive: false, split: .never))
        #expect(
            try kind("type=local,dest=out,platform-split=true")
                == .files(destination: "out", isArchive: false, split: .always))
        #expect(
            try kind("type=local,dest=out", isMultiPlatform: true)
                == .files(destination: "out", isArchive: false, split: .always))
        #expect(try kind("type=cacheonly") == .nothing)
        #expect(
            try kind(#"type=oci,dest=x.tar,"name=a,b""#, tags: ["c"])
                == .archive(docker: false, destination: "x.tar", names: ["a", "b"]))
        #expect(
            try kind("type=docker,dest=x.tar", tags: ["a:1", "b:2"])
                == .archive(docker: true, destination: "x.tar", names: ["a:1", "b:2"]))
        #expect(try kind("type=oci,tar=0,dest=x", tags: ["a"]) == .layout(destination: "x", names: ["a"]))
        var targets = BuildOutput.ImageTargets(names: ["a"], stores: true)
        #expect(try kind("type=image,name=a,push=false,registry.insecure=F,name-canonical=true") == .image(targets))
        targets = BuildOutput.ImageTargets(names: ["a"], pushes: true, byDigest: true, isInsecure: true)
        #expect(try kind("type=image,push-by-digest=true,registry.insecure=true", tags: ["a"]) == .image(targets))
    }

    @Test func `says how images are written`() throws {
        let output = try BuildOutput(
            parsing: "type=oci,dest=x,force-compression=true,compression=zstd,compression-level=7,"
                + "rewrite-timestamp=false,annotation-manifest-descriptor[windows(10.0.17763)/amd64].a.b=c",
            tags: [])
        #expect(output.export.recompresses)
        #expect(output.export.keepsTimes)
        #expect(output.export.compression == .zstd(level: 7))
        let rule = try #require(output.export.annotations.first)
        #expect(rule.key == "a.b")
        #expect(rule.targets == [.manifestDescriptor(try Platform(parsing: "windows(10.0.17763)/amd64"))])
        let docker = try BuildOutput(parsing: "type=docker,dest=x", tags: [])
        #expect(docker.export.usesDockerTypes)
        #expect(try !BuildOutput(parsing: "type=docker,dest=x,oci-mediatypes=true", tags: []).export.usesDockerTypes)
        for (text, needsTime) in [
            ("rewrite-timestamp=true", true), ("rewrite-timestamp=false", false), ("tar=true", false),
            ("rewrite-timestamp=true,source-date-epoch=1", false),
        ] {
            let output = try BuildOutput(parsing: "type=oci,dest=x,\(text)", tags: [])
            #expect(output.needsTime == needsTime, "\(text)")
            #expect(output.export.keepsTimes == (text == "rewrite-timestamp=false"), "\(text)")
        }
    }

    @Test(
        "has no field that is passed over",
        arguments: [
            ("", "it is empty"), ("type=oci,dest=x,compresion=zstd", "did you mean compression?"),
            ("type=oci,dest=x,unpack=true", #"type=oci has no field "unpack""#),
            ("type=local,dest=x,name=a", #"type=local has no field "name""#),
            ("type=local,dest=x,compression=zstd", #"type=local has no field "compression""#),
            ("type=image,dest=x", #"type=image has no field "dest""#),
            ("type=cacheonly,dest=x", "it has none"),
            ("type=image,unpack=true", "unpack=true is not supported"),
            ("type=image,attestation-inline=true", "attestations"),
            ("type=image,oci-artifact=true", "attestations"),
            ("type=local,dest=x,attestation-prefix=a-", "attestations"),
            ("type=image,buildinfo=true", "buildinfo=true is not supported"),
            ("type=image,dangling-name-prefix=a", "add name=a"),
            ("type=image,prefer-nondist-layers=false", "media type"),
            ("type=local,dest=x,mode=delete", "mode is copy"),
            ("type=docker,dest=x,tar=false", "type=oci,tar=false"),
            ("type=docker,context=other", "docker --context other load"),
            ("type=oci,dest=x,force-compression=maybe", "true or false"),
            ("type=oci,dest=x,compression-level=high", "a number"),
            ("type=oci,dest=x,compression-level=77", "levels are"),
            ("type=oci,dest=x,compression=uncompressed,compression-level=1", "no compression-level"),
            ("type=oci,dest=x,compression=estargz", "estargz"),
            ("type=oci,tar=false,dest=-", "a folder cannot go to standard output"),
            ("type=local,dest=-", "a folder cannot go to standard output"),
            ("type=oci,tar=false", "it has no destination"), ("type=local", "it has no destination"),
            ("type=tar,dest=/", "/ is a folder"), ("type=local,dest=/dev/null", "/dev/null is not a folder"),
            ("dest=x,name=a", "it has no type"), ("type=foo", #"there is no type "foo""#),
            ("type=registry", "no name to push to"),
            ("type=image,name=a@sha256:\(String(repeating: "0", count: 64))", "its digest is known when it is built"),
        ])
    func refusals(_ text: String, _ part: String) {
        let error = #expect(throws: ImageError.self) { try BuildOutput(parsing: text, tags: []) }
        #expect(error?.code == .usage)
        #expect(error?.description.contains(part) ?? false, "\(error?.description ?? "")")
    }
}
