import Executor
import Foundation
import OCI
import TestKit
import Testing

@Suite("The OCI runtime")
struct OCIRuntimeTests {
    @Test("is the one that works, and is remembered until it changes")
    func found() async throws {
        try await TemporaryFolder.with { folder in
            let location = try SandboxLocation(folder: folder.file("location"), program: SandboxScene.driver)
            let runtime = try await OCIRuntime.find(record: folder.file("cache/runtime"), at: location)
            #expect(["crun", "runc"].contains(runtime.name))
            let record = try folder.text("cache/runtime")
            #expect(record.contains(runtime.path))
            // A location where nothing can be tried shows that nothing is.
            let nowhere = try SandboxLocation(folder: folder.file("location"), program: "/nowhere")
            let again = try await OCIRuntime.find(record: folder.file("cache/runtime"), at: nowhere)
            #expect(again == runtime)
            try folder.write("cache/runtime", text: record.replacingOccurrences(of: ".", with: ".0"))
            await #expect(throws: ImageError.self) {
                try await OCIRuntime.find(record: folder.file("cache/runtime"), at: nowhere)
            }
            #expect(folder.names().sorted() == ["cache", "location"])
        }
    }

    @Test("can be chosen; one that is missing is named with its package, one that does not work with its complaint")
    func chosen() async throws {
        try await TemporaryFolder.with { folder in
            let location = try SandboxLocation(folder: folder.file("location"), program: SandboxScene.driver)
            func find(_ name: String) async throws -> OCIRuntime {
                try await OCIRuntime.find(chosen: name, record: folder.file("runtime"), at: location)
            }
            let runc = try await find("runc")
            #expect(runc.name == "runc")
            let chosen = try await find(runc.path)
            #expect(chosen == runc)
            let missing = await #expect(throws: ImageError.self) { try await find("youki") }
            #expect(missing?.description.contains("there is no youki in PATH") == true)
            #expect(missing?.advice == "apt-get install youki")
            let broken = await #expect(throws: ImageError.self) { try await find("/bin/false") }
            #expect(broken?.reason == "/bin/false: false says: exit status 1")
            #expect(!folder.has("runtime"))
        }
    }
}
