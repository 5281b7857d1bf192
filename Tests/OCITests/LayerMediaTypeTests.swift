import OCI
import Testing

@Suite("The media type of a layer")
struct LayerMediaTypeTests {
    @Test(arguments: LayerMediaType.all)
    func `is found by each of its names`(kind: LayerMediaType) {
        #expect(LayerMediaType.of(kind.oci) == kind)
        #expect(kind.docker.map { LayerMediaType.of($0) == kind } ?? true)
        #expect(MediaType.isForeignLayer(kind.oci) == !kind.isDistributable)
        #expect(kind.docker.map { MediaType.isForeignLayer($0) == !kind.isDistributable } ?? true)
    }

    @Test(arguments: [
        ("application/vnd.oci.image.layer.v1.tar", "application/vnd.docker.image.rootfs.diff.tar"),
        ("application/vnd.oci.image.layer.v1.tar+gzip", "application/vnd.docker.image.rootfs.diff.tar.gzip"),
        ("application/vnd.oci.image.layer.v1.tar+zstd", "application/vnd.docker.image.rootfs.diff.tar.zstd"),
        (
            "application/vnd.oci.image.layer.nondistributable.v1.tar",
            "application/vnd.docker.image.rootfs.foreign.diff.tar"
        ),
        (
            "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
            "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
        ),
        ("application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json"),
        (MediaType.ociManifest, MediaType.dockerManifest), (MediaType.ociIndex, MediaType.dockerList),
    ])
    func `has a counterpart in the other family`(oci: String, docker: String) {
        for type in [oci, docker] {
            #expect(MediaType.name(of: type, in: .oci) == oci)
            #expect(MediaType.name(of: type, in: .docker) == docker)
        }
    }

    @Test func `has no counterpart where Docker has none`() {
        let type = "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd"
        #expect(MediaType.name(of: type, in: .docker) == nil)
        #expect(MediaType.name(of: type, in: .oci) == type)
        #expect(MediaType.name(of: "text/plain", in: .oci) == nil)
        #expect(LayerMediaType.of("application/vnd.oci.image.layer.v1.tar+gzip+encrypted") == nil)
    }
}
