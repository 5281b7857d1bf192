import Foundation
import OCI
import Snapshots
import TestKit
import Testing

@Suite("A copy of layers")
struct TreeCopyTests {
    private static let low = """
        mkdir -m 700 kept; mkdir gone full deep deep/sub; echo x > kept/file; chown 7:8 kept/file; chmod 4750 kept/file
        touch gone/file full/one deep/sub/file; ln -s kept/file linked; ln kept/file hard; mkdir full/sub
        """
    private static let high = """
        echo y > kept/second; rm -r gone; rm -r full; mkdir full; touch full/two; mkdir full/sub; setcap cap_chown+ep full/two
        """

    @Test("is what overlayfs would show")
    func view() async throws {
        try await LayerScene.with { scene in
            try await scene.shell(in: "low", Self.low)
            let high = try await scene.overlay([scene.path("low")], upper: "high", Self.high)
            try await scene.shell(in: "tree", "")
            _ = try TreeCopy(of: [scene.path("low"), high], in: scene.path("tree"))
            let script =
                "find . -mindepth 1 -printf '%P %y %m %U:%G %T@ %l\\n' | sort; find . -type f | sort | xargs sha256sum"
            let seen = try await scene.overlay([scene.path("low"), high], upper: "none", script)
            #expect(try await scene.shell(in: "tree", script) == seen)
        }
    }

    @Test(
        "finds the same changes",
        arguments: [
            "true", "echo a > new", "echo a >> kept/file", "chmod 711 kept", "chown 3:4 kept/file", "rm kept/file",
            "rm -r kept", "rm -r full; mkdir full; touch full/three", "rm -r full; mkdir full; mkdir full/sub",
            "rm -r kept; touch kept", "rm linked; mkdir linked; touch linked/x", "ln -sf other linked",
            "touch b; ln b a; mkdir c; ln a c/d", "echo 1 > deep/sub/file", "mv deep/sub/file deep/file",
            "rm deep/sub/file; touch deep/sub/new; mkfifo deep/pipe", "echo z > hard", "touch -hd @5 linked",
            "rm kept/file; echo x > kept/file", "mkdir x; rmdir x", "setcap cap_chown+ep kept/second",
        ])
    func changes(script: String) async throws {
        try await LayerScene.with { scene in
            try await scene.shell(in: "low", Self.low)
            let high = try await scene.overlay([scene.path("low")], upper: "high", Self.high)
            let layers = [scene.path("low"), high]
            let upper = try LayerContent(upper: try await scene.overlay(layers, script))
            try await scene.shell(in: "tree", "")
            let copy = try TreeCopy(of: layers, in: scene.path("tree"))
            try await scene.shell(in: "tree", script)
            let changes = try copy.changes()
            #expect(changes.lines == upper.lines)
            #expect(try changes.digest(with: scene.digests()) == upper.digest(with: scene.digests()))
        }
    }
}
