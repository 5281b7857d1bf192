import FileSystem
import Glibc
import TestKit
import Testing

@Suite struct FileAgeTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func makeOld(_ path: String) throws {
        var times = [timespec(tv_sec: 1000, tv_nsec: 0), timespec(tv_sec: 1000, tv_nsec: 0)]
        #expect(utimensat(AT_FDCWD, path, &times, 0) == 0)
    }

    @Test func anOldFileIsRemovedAndAYoungOneStays() throws {
        for (name, isOld) in [("old", true), ("young", false)] {
            try File.replace(folder.file(name), with: [1])
            if isOld { try makeOld(folder.file(name)) }
            let isRemoved = try File.remove(folder.file(name), ifOlderThan: FileTime.now.before(.seconds(3600)))
            #expect(isRemoved == isOld)
            #expect(try (FileStatus(of: folder.file(name)) == nil) == isOld)
        }
    }

    @Test func whatWasRefreshedIsYoung() throws {
        try File.replace(folder.file("file"), with: [1, 2, 3])
        try makeOld(folder.file("file"))
        let before = FileTime.now
        #expect(try File.refresh(folder.file("file"))?.size == 3)
        #expect(try !File.remove(folder.file("file"), ifOlderThan: before))
    }

    @Test func whatIsNotThereCannotBeRefreshedNorRemoved() throws {
        #expect(try File.refresh(folder.file("none")) == nil)
        #expect(try !File.remove(folder.file("none"), ifOlderThan: .now))
    }

    @Test func aFileThatSomebodyIsUsingStays() throws {
        try File.replace(folder.file("file"), with: [1])
        try makeOld(folder.file("file"))
        let lock = try FileLock(.shared, trying: OpenFile(folder.file("file"), for: .reading))
        #expect(lock != nil)
        #expect(try !File.remove(folder.file("file"), ifOlderThan: .now))
        lock?.release()
        #expect(try File.remove(folder.file("file"), ifOlderThan: .now))
    }

    @Test func aTimeIsNeverBeforeTheOldestThereIs() {
        #expect(FileTime.now.before(.seconds(Int64.max)) < FileTime.now.before(.seconds(1)))
    }
}
