import Foundation
import TestKit
import Testing

/// A folder with a build context, and the program that builds it as root or as an ordinary user.
struct UserScene: Sendable {
    /// Who builds, and with what.
    struct Builder: Sendable {
        let name: String
        /// Words before the program's own.
        var runner: [String] = []
        var variables: [String: String] = [:]

        static let root = Builder(name: "root")
        static let user = Builder(name: "user", runner: [OrdinaryUser.runner])
        static let userWithOneID = Builder(
            name: "user", runner: [OrdinaryUser.runner], variables: ["SUBORDINATE_IDS": "none"])

        func with(_ variables: [String: String]) -> Builder {
            var changed = self
            changed.variables.merge(variables) { $1 }
            return changed
        }
    }

    let folder: TemporaryFolder
    let bases: String

    static func with<Result>(_ body: (UserScene) async throws -> Result) async throws -> Result {
        let bases = try await BaseImages.layout()
        return try await TemporaryFolder.with { folder in
            for name in ["root/tmp", "user/tmp"] {
                try FileManager.default.createDirectory(atPath: folder.file(name), withIntermediateDirectories: true)
            }
            for path in [folder.path, String(bases.prefix(upTo: bases.lastIndex(of: "/") ?? bases.endIndex))] {
                chmod(path, 0o755)
            }
            for name in ["user", "user/tmp"] { chown(folder.file(name), OrdinaryUser.id, OrdinaryUser.id) }
            return try await body(UserScene(folder: folder, bases: bases))
        }
    }

    func context(_ dockerfile: String) throws {
        try folder.write("context/Dockerfile", text: dockerfile)
        try folder.write("context/file", text: "content\n")
    }

    /// The folder of a builder's own.
    func file(_ name: String, of builder: Builder) -> String { folder.file("\(builder.name)/\(name)") }

    func imgtool(_ arguments: [String], as builder: Builder) async throws -> Tool.Outcome {
        try await Tool("env").run(
            builder.runner + [Tool.builtImgtool] + arguments,
            environment: [
                "HOME": file("home", of: builder), "TMPDIR": file("tmp", of: builder),
                "IMGTOOL_CACHE": file("cache", of: builder), "IMGTOOL_STORE": file("store", of: builder),
                "SOURCE_DATE_EPOCH": "1700000000",
            ].merging(builder.variables) { $1 },
            timeout: .seconds(120))
    }

    func build(_ flags: [String], as builder: Builder) async throws -> Tool.Outcome {
        try await imgtool(
            [
                "build", "--progress", "plain", "--build-context", "busybox=oci-layout://\(bases):busybox",
                "--build-context", "special=oci-layout://\(folder.file("root/special")):latest",
            ] + flags + [folder.file("context")], as: builder)
    }

    /// Builds, which has to succeed.
    ///
    /// - Returns: What was shown of the progress.
    @discardableResult
    func succeeds(
        _ flags: String..., as builder: Builder, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> String {
        let outcome = try await build(flags, as: builder)
        #expect(outcome.status == 0, "\(builder.name): \(outcome.error)", sourceLocation: sourceLocation)
        return outcome.error
    }

    /// Builds, which must not succeed.
    ///
    /// - Returns: The last line of what it says, without the place in the Dockerfile.
    func problem(_ flags: String..., as builder: Builder) async throws -> String {
        let outcome = try await build(flags, as: builder)
        #expect(outcome.status == 1)
        let line = outcome.error.split(separator: "\n").last.map(String.init) ?? ""
        return line.replacing(/imgtool: (?:\S+Dockerfile:\d+:\d+: )?/, with: "")
    }

    /// Makes a base image with what only root can make, for builds that call it `special`.
    func makeSpecialBase() async throws {
        try context(
            """
            FROM --platform=$BUILDPLATFORM busybox AS made
            WORKDIR /made
            RUN mkdir nodes && mknod nodes/null c 1 3 && mknod nodes/disk b 8 0 && chown 7:8 nodes/disk
            RUN mkdir old && touch old/a old/b && chown 1234:5678 old/a && chmod 4711 old/b
            FROM busybox
            COPY --from=made /made/ /
            COPY file /capable
            """)
        let capability = try await Tool("setcap").run("cap_net_raw=ep", folder.file("context/file"))
        #expect(capability.succeeded)
        try await succeeds(
            "--platform", "linux/amd64,linux/arm64", "-o", "type=oci,tar=false,dest=\(folder.file("root/special"))",
            as: .root)
    }

    /// Whom everything in a folder belongs to.
    func owners(of path: String) async throws -> Set<String> {
        Set(try await Tool("find").output(path, "-printf", "%U:%G\n").lines)
    }
}
