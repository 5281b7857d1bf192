import Foundation
import Glibc
import TestKit
import Testing

@Suite("The cache of builds", .enabled(if: CacheScene.canBuild), .timeLimit(.minutes(2)))
struct PrivateCacheTests {
    /// What others can reach of a folder, with a program that has nobody's rights.
    private func reachable(_ folder: String) async throws -> String {
        let find = "find \(folder) -mindepth 1 \\( -perm -4000 -o -type c -o -type d \\) 2>/dev/null; true"
        return try await Tool("setpriv").output(
            "--reuid=65534", "--regid=65534", "--clear-groups", "sh", "-c", find)
    }

    private static let dockerfile = """
        FROM busybox
        RUN --mount=type=cache,target=/c,mode=0777 cp /bin/busybox /c/su && chmod 4755 /c/su && mknod /c/null c 1 3
        RUN cp /bin/busybox /su && chmod 4755 /su && mknod /null c 1 3 && rm -r /home
        """

    @Test func `is nobody else's, whatever the umask, and wherever it is`() async throws {
        try await CacheScene.with { scene in
            chmod(scene.folder.path, 0o755)
            let build = try await scene.context("app", Self.dockerfile)
            let mixed = scene.folder.file("mixed")
            mkdir(mixed, 0o755)
            chmod(mixed, 0o755)
            try scene.folder.write("mixed/other", text: "")
            for cache in [scene.cache, mixed] {
                let script = "umask 0; IMGTOOL_CACHE=\(cache); export IMGTOOL_CACHE; \"$0\" \"$@\""
                let outcome = try await scene.shell(script, build)
                #expect(outcome.status == 0, "\(outcome.error)")
                for part in try FileManager.default.contentsOfDirectory(atPath: cache) where part != "empty" {
                    var status = stat()
                    stat("\(cache)/\(part)", &status)
                    if status.st_mode & S_IFMT == S_IFDIR { #expect(status.st_mode & 0o077 == 0, "\(part)") }
                }
                let found = try await reachable(cache)
                let isMixed = cache == mixed
                #expect(found.split(separator: "\n").allSatisfy { isMixed && Folder.isTop($0, in: cache) }, "\(found)")
            }
        }
    }

    @Test func `is closed to others when it is opened, if it was not`() async throws {
        try await CacheScene.with { scene in
            let build = try await scene.context("app", Self.dockerfile)
            try await scene.build(build)
            for name in ["", "/layers", "/mounts"] { chmod(scene.cache + name, 0o755) }
            try await scene.succeeds("build", "du")
            for name in ["", "/layers", "/mounts"] {
                var status = stat()
                stat(scene.cache + name, &status)
                #expect(status.st_mode & 0o7777 == 0o700, "\(name)")
            }
        }
    }

    @Test func `is refused where it is another's, or others may write to it`() async throws {
        try await CacheScene.with { scene in
            let build = try await scene.context("app", "FROM busybox\nRUN true\n")
            mkdir(scene.cache, 0o700)
            chown(scene.cache, 65534, 65534)
            let other = try await scene.run(build)
            #expect(
                other.error.hasSuffix(
                    "imgtool: cannot use the build cache \(scene.cache): it belongs to another user; "
                        + "choose another folder with IMGTOOL_CACHE\n"), "\(other.error)")
            chown(scene.cache, 0, 0)
            chmod(scene.cache, 0o1777)
            try scene.folder.write("cache/theirs", text: "")
            let open = try await scene.run(build)
            #expect(open.error.contains("others may write to it"), "\(open.error)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: scene.cache) == ["theirs"])
            unlink(scene.folder.file("cache/theirs"))
            symlink(scene.folder.file("elsewhere"), scene.folder.file("cache/layers"))
            chmod(scene.cache, 0o700)
            let linked = try await scene.run(build)
            #expect(linked.error.contains("cache/layers: it is not a folder of yours"), "\(linked.error)")
        }
    }
}

private enum Folder {
    static func isTop(_ path: Substring, in folder: String) -> Bool {
        path.dropFirst(folder.utf8.count + 1).contains("/") == false
    }
}
