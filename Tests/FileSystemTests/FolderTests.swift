import FileSystem
import Glibc
import Testing

@Suite struct FolderTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func foldersAreCreatedWithTheirParents() throws {
        try Folder.create(folder("a/b/c"))
        try Folder.create(folder("a/b/c/"))
        #expect(try FileStatus(of: folder("a/b/c"))?.kind == .folder)
    }

    @Test func aFileIsNotTakenForAFolder() throws {
        try File.replace(folder("file"), with: [])
        #expect(throws: FileError(EEXIST, "create the folder", folder("file"))) { try Folder.create(folder("file")) }
        #expect(throws: FileError.self) { try Folder.create(folder("file/below")) }
    }

    @Test func manyMayCreateTheSameFoldersAtOnce() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<16 {
                group.addTask { [folder] in try Folder.create(folder("1/2/3/4/5")) }
            }
            try await group.waitForAll()
        }
        #expect(try FileStatus(of: folder("1/2/3/4/5"))?.kind == .folder)
    }

    @Test func namesAreListedInOrder() throws {
        for name in ["b", "a", ".hidden", "ä", "B"] { try File.replace(folder(name), with: []) }
        #expect(try Folder.list(folder.path) == [".hidden", "B", "a", "b", "ä"])
    }

    @Test func whatIsMissingHasNoStatus() throws {
        try File.replace(folder("file"), with: [1, 2])
        #expect(try FileStatus(of: folder("file"))?.size == 2)
        #expect(try FileStatus(of: folder("none")) == nil)
        #expect(try FileStatus(of: folder("file/below")) == nil)
    }

    @Test(arguments: [
        ("/a/b", "/a"), ("/a", "/"), ("/", "/"), ("a/b/", "a"), ("a", "."), ("a//b", "a"), ("/a/b/", "/a"),
        ("./a", "."),
    ])
    func thePathTellsTheFolder(path: String, containing: String) {
        #expect(Folder.containing(path) == containing)
    }
}
