import FileSystem
import Glibc
import TestKit
import Testing

@Suite("A file that somebody asks for")
struct OutputFileTests {
    private static func kind(of path: String) -> mode_t {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode & S_IFMT : 0
    }

    @Test func `leaves symbolic links and pipes what they are`() throws {
        let folder = try TemporaryFolder()
        let (target, link, pipe) = (folder.file("target"), folder.file("link"), folder.file("pipe"))
        try File.replace(target, with: Array("old".utf8))
        #expect(symlink("target", link) == 0)
        try OutputFile.write(Array("new".utf8), to: link)
        #expect(Self.kind(of: link) == S_IFLNK)
        #expect(try File.read(target, limit: 10) == Array("new".utf8))

        #expect(mkfifo(pipe, 0o600) == 0)
        let reader = open(pipe, O_RDONLY | O_NONBLOCK)
        defer { close(reader) }
        try OutputFile.write(Array("new".utf8), to: pipe)
        #expect(Self.kind(of: pipe) == S_IFIFO)
        var bytes = [UInt8](repeating: 0, count: 10)
        #expect(read(reader, &bytes, 10) == 3)
    }
}
