// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// A room of the house: a Swift target and the rooms below it that it may use.
func room(_ name: String, uses rooms: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: rooms, swiftSettings: strict)
}

/// The promises of one room.
func promises(of name: String, uses rooms: [Target.Dependency]) -> Target {
    .testTarget(name: "\(name)Tests", dependencies: rooms, swiftSettings: strict)
}

let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "imgtool",
    products: [.executable(name: "imgtool", targets: ["imgtool"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
    ],
    targets: [
        .target(name: "CCurl"),
        .target(name: "CJansson", linkerSettings: [.linkedLibrary(":libjansson.a")]),
        .target(name: "CCrypto", linkerSettings: [.linkedLibrary(":libcrypto.a")]),
        .target(name: "CTOML"),
        .target(name: "CArchive"),
        .target(name: "CCompression", linkerSettings: ["deflate", "zstd", "z"].map { .linkedLibrary(":lib\($0).a") }),
        .target(name: "CLinux"),
        .target(name: "CSandbox"),
        .target(name: "CSQLite", linkerSettings: [.linkedLibrary(":libsqlite3.a"), .linkedLibrary("m")]),

        room("Concurrency", uses: []),
        room("JSON", uses: ["CJansson"]),
        room("Spelling", uses: []),
        room("OCI", uses: ["JSON", "Concurrency", "Spelling", "CCrypto"]),
        room("FileSystem", uses: ["Concurrency", "CLinux"]),
        room("Archive", uses: ["Concurrency", "CArchive", "CCompression"]),
        room("Processes", uses: ["CLinux", subprocess]),
        room("HTTP", uses: ["Concurrency", "CCurl"]),
        room(
            "Registry",
            uses: ["OCI", "JSON", "HTTP", "FileSystem", "Processes", "Concurrency", "CCrypto", "CTOML"]),
        room("ImageLayout", uses: ["OCI", "JSON", "FileSystem", "Archive", "Concurrency"]),
        room("Terminal", uses: ["JSON", "Concurrency", "Spelling", "CLinux"]),
        room("ImageTools", uses: ["OCI", "JSON", "Archive", "Concurrency"]),
        room("DockerfileLanguage", uses: ["OCI", "JSON", "Concurrency", "Spelling"]),
        room("BuildPlan", uses: ["DockerfileLanguage", "OCI", "JSON", "Concurrency"]),
        room(
            "BuildEngine",
            uses: [
                "BuildPlan", "DockerfileLanguage", "ImageTools", "Archive", "OCI", "JSON", "FileSystem", "Processes",
                "Concurrency", "CLinux", "CSandbox", "CSQLite",
            ]),
        .executableTarget(
            name: "imgtool",
            dependencies: [
                "BuildEngine", "BuildPlan", "DockerfileLanguage", "Archive", "ImageTools", "Registry", "ImageLayout",
                "OCI", "JSON", "HTTP", "Terminal", "FileSystem", "Processes", "Concurrency", "Spelling",
                argumentParser,
            ],
            swiftSettings: strict
        ),

        promises(of: "DockerfileLanguage", uses: ["DockerfileLanguage", "OCI", "FileSystem"]),
        promises(of: "BuildPlan", uses: ["BuildPlan", "DockerfileLanguage", "OCI", "JSON", "Concurrency"]),
        promises(of: "Archive", uses: ["Archive", "Concurrency", "OCI", "JSON", "TestKit"]),
        promises(of: "FileSystem", uses: ["FileSystem", "Concurrency"]),
        promises(of: "ImageLayout", uses: ["ImageLayout", "OCI", "JSON", "FileSystem", "Concurrency"]),
        promises(of: "Processes", uses: ["Processes"]),
        promises(
            of: "Registry",
            uses: ["Registry", "OCI", "JSON", "FileSystem", "Processes", "Concurrency", "HTTP", "TestKit"]),
        promises(of: "HTTP", uses: ["HTTP", "Concurrency", "OCI", "TestKit"]),
        promises(of: "Concurrency", uses: ["Concurrency"]),
        promises(of: "Spelling", uses: ["Spelling"]),
        promises(of: "JSON", uses: ["JSON"]),
        promises(of: "OCI", uses: ["OCI", "JSON", "Concurrency"]),
        promises(of: "Terminal", uses: ["Terminal", "JSON", "Concurrency", "TestKit"]),
        .executableTarget(
            name: "SandboxDriver", dependencies: ["BuildEngine", "JSON", "Processes"], path: "Tests/SandboxDriver",
            swiftSettings: strict
        ),
        promises(
            of: "BuildEngine",
            uses: [
                "BuildEngine", "BuildPlan", "DockerfileLanguage", "Archive", "SandboxDriver", "OCI", "JSON",
                "FileSystem", "Processes", "Concurrency", "TestKit",
            ]),
        .target(name: "CTestKit", path: "Tests/CTestKit", linkerSettings: [.linkedLibrary(":libcrypto.a")]),
        .target(
            name: "TestKit", dependencies: ["OCI", "JSON", "Concurrency", "CTestKit", subprocess],
            path: "Tests/TestKit", swiftSettings: strict
        ),
        promises(of: "TestKit", uses: ["TestKit", "OCI", "JSON"]),
        promises(of: "Documentation", uses: ["TestKit", "OCI", "JSON"]),
        promises(of: "Architecture", uses: []),
        promises(of: "ImageTools", uses: ["ImageTools", "TestKit", "OCI", "JSON", "Concurrency"]),
        promises(of: "Command", uses: ["imgtool", "TestKit", "OCI", "JSON"]),
        promises(of: "BuildCache", uses: ["imgtool", "TestKit", "OCI", "JSON"]),
        promises(of: "Build", uses: ["imgtool", "TestKit", "OCI", "JSON"]),
        promises(
            of: "Building",
            uses: [
                "imgtool", "BuildEngine", "BuildPlan", "DockerfileLanguage", "Archive", "ImageTools", "Processes",
                "Terminal", "Concurrency", "TestKit", "OCI", "JSON",
            ]),
    ],
    cxxLanguageStandard: .cxx17
)
