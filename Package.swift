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

/// A C module, and the static libraries that it makes callable from Swift. Several modules share some, in any order.
func cModule(_ name: String, links libraries: [String] = []) -> Target {
    .target(
        name: name,
        linkerSettings: [.unsafeFlags(["-use-ld=lld"])] + libraries.map { .linkedLibrary(":lib\($0).a") })
}

/// A module: a Swift target and the modules below it that it may use.
func module(_ name: String, uses modules: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: modules, swiftSettings: strict)
}

/// The tests of one module.
func tests(of name: String, uses modules: [Target.Dependency]) -> Target {
    .testTarget(name: "\(name)Tests", dependencies: modules, swiftSettings: strict)
}

let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

/// What reads the words of strangers.
let fuzzed: [Target.Dependency] = [
    "imgtool", "BuildPlan", "Snapshots", "DockerfileLanguage", "ImageTools", "ImageLayout", "Registry", "Terminal",
    "Archive", "FileSystem", "Concurrency", "Spelling", "OCI", "JSON", "YAML",
]

let package = Package(
    name: "imgtool",
    products: [.executable(name: "imgtool", targets: ["imgtool"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
    ],
    targets: [
        cModule(
            "CCurl",
            links: [
                "curl", "nghttp2", "psl", "idn2", "unistring", "ssl", "crypto", "brotlidec", "brotlicommon", "zstd",
                "z",
            ]),
        cModule("CJansson", links: ["jansson"]),
        cModule("CCrypto", links: ["crypto"]),
        cModule("CTOML"),
        cModule("CArchive", links: ["archive", "lzma", "bz2", "z"]),
        cModule("CCompression", links: ["deflate", "zstd", "z"]),
        cModule("CLinux"),
        cModule("CSandbox"),
        cModule("CNGHTTP2", links: ["nghttp2"]),
        cModule("CTLS", links: ["ssl", "crypto"]),
        cModule("CYAML", links: ["yaml"]),
        cModule("CSQLite", links: ["sqlite3"]),

        module("Concurrency", uses: []),
        module("JSON", uses: ["CJansson"]),
        module("YAML", uses: ["JSON", "CYAML"]),
        module("Spelling", uses: []),
        module("Units", uses: []),
        module("OCI", uses: ["JSON", "Concurrency", "Spelling", "CCrypto"]),
        module("FileSystem", uses: ["Concurrency", "CLinux"]),
        module("Archive", uses: ["Concurrency", "CArchive", "CCompression"]),
        module("Processes", uses: ["Concurrency", "CLinux", subprocess]),
        module("HTTP", uses: ["Concurrency", "CCurl"]),
        module(
            "Registry",
            uses: ["OCI", "JSON", "HTTP", "FileSystem", "Processes", "Concurrency", "CTOML"]),
        module("GRPC", uses: ["OCI", "Processes", "Concurrency", "CNGHTTP2", "CTLS"]),
        module("BuildKit", uses: ["GRPC", "DockerfileLanguage", "OCI", "JSON", "FileSystem", "Concurrency", "CTLS"]),
        module("ImageLayout", uses: ["OCI", "JSON", "FileSystem", "Archive", "Concurrency"]),
        module("Terminal", uses: ["JSON", "Concurrency", "Spelling", "Units", "CLinux"]),
        module("ImageTools", uses: ["OCI", "JSON", "Archive", "Concurrency", "Units"]),
        module("DockerfileLanguage", uses: ["OCI", "JSON", "Concurrency", "Spelling", "Units"]),
        module("BuildPlan", uses: ["DockerfileLanguage", "OCI", "JSON", "Concurrency", "Units"]),
        module("Executor", uses: ["OCI", "JSON", "FileSystem", "Processes", "Concurrency", "CLinux", "CSandbox"]),
        module(
            "Snapshots",
            uses: ["DockerfileLanguage", "Archive", "OCI", "FileSystem", "Concurrency", "CLinux"]),
        module(
            "BuildEngine",
            uses: [
                "Executor", "Snapshots", "BuildPlan", "DockerfileLanguage", "ImageTools", "Archive", "OCI", "JSON",
                "FileSystem", "Processes", "Concurrency", "Units", "CLinux", "CSQLite",
            ]),
        module(
            "Builders",
            uses: [
                "BuildEngine", "Executor", "BuildPlan", "BuildKit", "GRPC", "DockerfileLanguage", "ImageTools",
                "ImageLayout",
                "Registry", "Archive", "OCI", "JSON", "FileSystem", "Processes", "Concurrency", "Spelling", "Units",
            ]),
        .executableTarget(
            name: "imgtool",
            dependencies: [
                "Builders", "BuildEngine", "BuildKit", "Executor", "Snapshots", "BuildPlan", "DockerfileLanguage",
                "Archive",
                "ImageTools",
                "Registry", "ImageLayout",
                "OCI", "JSON", "YAML", "HTTP", "Terminal", "FileSystem", "Processes", "Concurrency", "Spelling",
                "Units",
                argumentParser,
            ],
            swiftSettings: strict
        ),

        tests(of: "DockerfileLanguage", uses: ["DockerfileLanguage", "OCI", "FileSystem", "Units"]),
        tests(of: "BuildPlan", uses: ["BuildPlan", "DockerfileLanguage", "OCI", "JSON", "Concurrency"]),
        tests(of: "Archive", uses: ["Archive", "Concurrency", "OCI", "JSON", "TestKit"]),
        tests(of: "FileSystem", uses: ["FileSystem", "Concurrency", "TestKit"]),
        tests(of: "ImageLayout", uses: ["ImageLayout", "OCI", "JSON", "FileSystem", "Concurrency", "TestKit"]),
        tests(of: "Processes", uses: ["Processes"]),
        tests(
            of: "Registry",
            uses: ["Registry", "OCI", "JSON", "FileSystem", "Processes", "Concurrency", "HTTP", "TestKit"]),
        tests(of: "HTTP", uses: ["HTTP", "CCurl", "Concurrency", "OCI", "TestKit"]),
        tests(of: "GRPC", uses: ["GRPC", "TestKit"]),
        tests(of: "BuildKit", uses: ["BuildKit", "GRPC", "OCI", "FileSystem", "Concurrency", "TestKit"]),
        tests(of: "Concurrency", uses: ["Concurrency"]),
        tests(of: "Spelling", uses: ["Spelling"]),
        tests(of: "Units", uses: ["Units"]),
        tests(of: "JSON", uses: ["JSON"]),
        tests(of: "YAML", uses: ["YAML", "JSON"]),
        tests(of: "OCI", uses: ["OCI", "JSON", "Concurrency"]),
        tests(of: "Terminal", uses: ["Terminal", "JSON", "Concurrency", "TestKit"]),
        .executableTarget(
            name: "SandboxDriver", dependencies: ["Executor", "JSON", "Processes"], path: "Tests/SandboxDriver",
            swiftSettings: strict
        ),
        tests(
            of: "Executor",
            uses: ["Executor", "SandboxDriver", "OCI", "JSON", "FileSystem", "Processes", "Concurrency", "TestKit"]),
        tests(
            of: "Snapshots",
            uses: [
                "Snapshots", "DockerfileLanguage", "Archive", "OCI", "JSON", "FileSystem", "Processes", "Concurrency",
                "TestKit",
            ]),
        tests(
            of: "BuildEngine",
            uses: [
                "BuildEngine", "Executor", "Snapshots", "BuildPlan", "DockerfileLanguage", "ImageTools", "OCI",
                "FileSystem", "Processes", "Concurrency", "TestKit",
            ]),
        .target(name: "CTestKit", path: "Tests/CTestKit", linkerSettings: [.linkedLibrary(":libcrypto.a")]),
        .target(
            name: "TestKit", dependencies: ["OCI", "JSON", "Concurrency", "CTestKit", subprocess],
            path: "Tests/TestKit", swiftSettings: strict
        ),
        tests(of: "TestKit", uses: ["TestKit", "OCI", "JSON"]),
        tests(of: "Documentation", uses: ["TestKit", "OCI", "JSON"]),
        tests(of: "Architecture", uses: []),
        tests(of: "ImageTools", uses: ["ImageTools", "TestKit", "OCI", "JSON", "Concurrency"]),
        tests(of: "Builders", uses: ["Builders", "Registry", "OCI", "TestKit"]),
        tests(of: "Command", uses: ["imgtool", "TestKit", "OCI", "JSON"]),
        .testTarget(name: "FuzzTests", dependencies: fuzzed, exclude: ["Fuzzer.swift"], swiftSettings: strict),
        tests(of: "BuildCache", uses: ["imgtool", "TestKit", "OCI", "JSON"]),
        tests(of: "Build", uses: ["imgtool", "TestKit", "OCI", "JSON"]),
        tests(of: "NodeBuild", uses: ["imgtool", "TestKit", "OCI", "JSON"]),
        tests(
            of: "Building",
            uses: [
                "imgtool", "BuildEngine", "Executor", "Snapshots", "BuildPlan", "DockerfileLanguage", "Archive",
                "ImageTools", "Processes",
                "Terminal", "Concurrency", "TestKit", "OCI", "JSON",
            ]),
    ],
    cxxLanguageStandard: .cxx17
)

// The program of `make fuzz` consists of the same modules; the command line is a library in it.
if Context.environment["IMGTOOL_FUZZER"] != nil {
    let modules = package.targets.filter { $0.type == .regular }
    let program = package.targets.first { $0.name == "imgtool" }?.dependencies ?? []
    package.products = [.executable(name: "fuzzer", targets: ["fuzzer"])]
    package.targets = modules
    package.targets += [
        .target(name: "imgtool", dependencies: program, exclude: ["Main.swift"], swiftSettings: strict),
        .target(name: "CFuzzer", path: "Tests/CFuzzer"),
        .executableTarget(
            name: "fuzzer", dependencies: fuzzed + ["CFuzzer"], path: "Tests/FuzzTests",
            exclude: ["CorpusTests.swift"], swiftSettings: strict),
    ]
}
