import Concurrency
import FileSystem
import Glibc
import TestKit
import Testing

@Suite struct FileTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func aReplacedFileHasTheNewContentAndLeavesNoOther() throws {
        try File.replace(folder.file("file"), with: Array("old".utf8))
        try File.replace(folder.file("file"), with: Array("new".utf8))
        #expect(try File.read(folder.file("file"), limit: 3) == Array("new".utf8))
        #expect(try Folder.list(folder.path) == ["file"])
    }

    /// The kernel may not follow `..` while anything is renamed, and says to try again.
    @Test func aFileBehindALinkIsReadWhateverIsRenamedMeanwhile() async throws {
        let inner = folder.file("inner")
        try folder.write("inner/file", text: "content")
        try Folder.create("\(inner)/sub")
        #expect(symlink("sub/../file", "\(inner)/link") == 0)
        let (one, other) = (try folder.write("one", text: ""), folder.file("other"))
        let isOver = Guarded(false)
        async let renaming: Void = OwnThread.run {
            while !isOver.withLock({ $0 }) {
                try File.rename(one, to: other)
                try File.rename(other, to: one)
            }
        }
        for _ in 0..<2000 {
            #expect(try File.read("link", below: inner, limit: 100) == Array("content".utf8))
        }
        isOver.withLock { $0 = true }
        try await renaming
    }

    @Test func aNewFileThatIsNotCommittedDisappears() throws {
        func abandon() throws {
            var file = try NewFile(in: folder.path)
            try file.write([1, 2, 3])
            #expect(try Folder.list(folder.path).count == 1)
        }
        try abandon()
        #expect(try Folder.list(folder.path) == [])
    }

    @Test func aNewFileThatCannotBePutInPlaceDisappears() throws {
        try Folder.create(folder.file("place/inner"))
        #expect(throws: FileError.self) { try File.replace(folder.file("place"), with: [1]) }
        #expect(try Folder.list(folder.path) == ["place"])
    }

    @Test func aFileBeyondTheLimitIsNotRead() throws {
        try File.replace(folder.file("file"), with: [UInt8](repeating: 7, count: 1001))
        #expect(throws: FileError(EFBIG, "read", folder.file("file"))) {
            try File.read(folder.file("file"), limit: 1000)
        }
        #expect(throws: FileError(EFBIG, "read", "/dev/zero")) { try File.read("/dev/zero", limit: 1000) }
    }

    @Test(arguments: [0, 1, 1000, FileStream.pieceSize, FileStream.pieceSize + 1])
    func aStreamHasTheWholeRestOfAFile(offset: Int) async throws {
        let content = (0..<FileStream.pieceSize * 2 + 5).map { UInt8(truncatingIfNeeded: $0 / 3) }
        try File.replace(folder.file("file"), with: content)
        let stream = FileStream(try OpenFile(folder.file("file"), for: .reading), from: Int64(offset))
        var read: [UInt8] = []
        while let piece = try await stream.next() {
            #expect(!piece.isEmpty && piece.count <= FileStream.pieceSize)
            read += piece
        }
        #expect(read == Array(content[offset...]))
    }

    @Test func aStreamBehindTheEndIsEmpty() async throws {
        try File.replace(folder.file("file"), with: [1])
        #expect(try await FileStream(OpenFile(folder.file("file"), for: .reading), from: 9).next() == nil)
    }

    @Test func removingSaysWhetherThereWasAFile() throws {
        try File.replace(folder.file("file"), with: [])
        #expect(try File.remove(folder.file("file")))
        #expect(try !File.remove(folder.file("file")))
    }

    @Test func aFullDeviceIsReportedAsFull() throws {
        let file = try OpenFile("/dev/full", for: .updating)
        let error = #expect(throws: FileError.self) { try file.write([1], at: 0) }
        #expect(error?.isFull == true)
        #expect("\(try #require(error))" == "cannot write /dev/full: no space is left on its device")
    }
}

@Suite struct FileErrorTests {
    @Test(arguments: [
        (ENOENT, "cannot read /x: it does not exist"),
        (EISDIR, "cannot read /x: it is a folder"),
        (EACCES, "cannot read /x: permission denied"),
        (EROFS, "cannot read /x: its file system is read-only"),
        (EDQUOT, "cannot read /x: the disk quota is used up"),
        (EIO, "cannot read /x: Input/output error"),
    ])
    func aFailureIsOneLineForAPerson(code: Int32, text: String) {
        #expect("\(FileError(code, "read", "/x"))" == text)
    }

    @Test func itTellsWhatCallersAskFor() {
        #expect(FileError(ENOTDIR, "", "").isMissing && FileError(ENOENT, "", "").isMissing)
        #expect(FileError(ENOSPC, "", "").isFull && FileError(EDQUOT, "", "").isFull)
        #expect(FileError(EROFS, "", "").isReadOnly && !FileError(EACCES, "", "").isReadOnly)
    }
}
