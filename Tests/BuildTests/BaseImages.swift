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
        let search = "\(Tool.imgtool.program.dropLast("/imgtool".count)):/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        let make = try await Tool(Machine.testData("images/make")).run(
            [Machine.fetched], environment: builder.environment.merging(["PATH": search]) { $1 },
            timeout: .seconds(300))
        guard make.succeeded else { throw TestKitError("cannot make base images: \(make.error)") }
        for name in ["busybox", "go"] {
            let copy = try await builder.imgtool(["copy", "store:\(name)", "oci:\(layout):\(name)"])
            guard copy.succeeded else { throw TestKitError("cannot copy \(name): \(copy.error)") }
        }
        return layout
    }
}
