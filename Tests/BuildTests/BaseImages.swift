import TestKit

/// The images that the builds of these tests start from, made by the program itself out of packages.
///
/// `busybox` is for four platforms, `go` for this machine's own.
enum BaseImages {
    /// The absolute path of the layout that they are in.
    static func layout() async throws -> String { try await made.value }

    private static let made = Task {
        let builder = try Builder.shared()
        let layout = builder.file("bases")
        for (name, platforms) in [
            ("busybox", "linux/amd64,linux/arm64,linux/arm/v7,linux/s390x"), ("go", "linux/amd64"),
        ] {
            let context = "\(Machine.fetched)/\(name)"
            let fetch = try await Tool(Machine.testData("images/\(name)/fetch")).run([context], timeout: .seconds(300))
            guard fetch.succeeded else { throw TestKitError("cannot fetch \(name): \(fetch.error)") }
            try await run(
                builder,
                [
                    "build", "--platform", platforms, "-t", name, "-f", Machine.testData("images/\(name)/Dockerfile"),
                    "--build-context", "busybox=oci-layout://\(layout):busybox", context,
                ])
            try await run(builder, ["copy", "store:\(name)", "oci:\(layout):\(name)"])
        }
        return layout
    }

    private static func run(_ builder: Builder, _ arguments: [String]) async throws {
        let outcome = try await builder.imgtool(arguments)
        guard outcome.succeeded else { throw TestKitError("\(arguments): \(outcome.error)") }
    }
}
