import FileSystem
import Glibc
import TestKit
import Testing

@Suite struct FolderTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func foldersAreCreatedWithTheirParents() throws {
        try Folder.create(folder.file("a/b/c"))
        try Folder.create(folder.file("a/b/c/"))
        #expect(try FileStatus(of: folder.file("a/b/c"))?.kind == .folder)
    }

    @Test func aFileIsNotTakenForAFolder() throws {
        try File.replace(folder.file("file"), with: [])
        #expect(throws: FileError(EEXIST, "create the folder", folder.file("file"))) {
            try Folder.create(folder.file("file"))
        }
        #expect(throws: FileError.self) { try Folder.create(folder.file("file/below")) }
    }

    @Test func manyMayCreateTheSameFoldersAtOnce() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<16 {
                group.addTask { [folder] in try Folder.create(folder.file("1/2/3/4/5")) }
            }
            try await group.waitForAll()
        }
        #expect(try FileStatus(of: folder.file("1/2/3/4/5"))?.kind == .folder)
    }

    @Test func namesAreListedInOrder() throws {
        for name in ["b", "a", ".hidden", "ä", "B"] { try File.replace(folder.file(name), with: []) }
        #expect(try Folder.list(folder.path) == [".hidden", "B", "a", "b", "ä"])
    }

    @Test func whatIsMissingHasNoStatus() throws {
        try File.replace(folder.file("file"), with: [1, 2])
        #expect(try FileStatus(of: folder.file("file"))?.size == 2)
        #expect(try FileStatus(of: folder.file("none")) == nil)
        #expect(try FileStatus(of: folder.file("file/below")) == nil)
    }

    @Test(arguments: [
        ("/a/b", "/a"), ("/a", "/"), ("/", "/"), ("a/b/", "a"), ("a", "."), ("a//b", "a"), ("/a/b/", "/a"),
        ("./a", "."),
    ])
    func thePathTellsTheFolder(path: String, containing: String) {
        #expect(Folder.containing(path) == containing)
    }
}
