import TestKit
import Testing

@Suite("A build in a chroot", .enabled(if: CacheScene.canBuild), .timeLimit(.minutes(2)))
struct ConfinedBuildTests {
    /// Makes a folder in which everything of this machine is but `/proc`, and runs a script with that as its root.
    private static let confined = """
        root=$(dirname "$IMGTOOL_CACHE")/root; mkdir -p "$root/proc"
        for place in /*; do
            if [ -L "$place" ]; then cp -d "$place" "$root"; continue; fi
            if [ ! -d "$place" ] || [ "$place" = /proc ]; then continue; fi
            mkdir -p "$root$place"; mount --rbind "$place" "$root$place"
        done
        """

    @Test("runs its steps as everywhere", arguments: ["mount -t proc proc \"$root/proc\"", "true"])
    func steps(proc: String) async throws {
        try await CacheScene.with { scene in
            let build = try await scene.context(
                "app",
                """
                FROM busybox
                RUN head -n1 /proc/self/mounts > /dev/null && id -u > /made
                RUN mknod /disk b 7 0; cat /disk 2> /refused || true
                """)
            let flags = ["--output", "type=local,dest=\(scene.folder.file("out"))"]
            let outcome = try await scene.shell(
                "\(Self.confined)\n\(proc)\nexec chroot \"$root\" \"$0\" \"$@\"", build + flags)
            #expect(outcome.status == 0, "\(outcome.error)")
            #expect(try scene.folder.text("out/made") == "0\n")
            #expect(try scene.folder.text("out/refused").contains("Permission denied"))
            #expect(!outcome.error.contains("warning"))
        }
    }

    @Test func `without proc knows its arguments`() async throws {
        try await CacheScene.with { scene in
            let chroot = "\(Self.confined)\nexec chroot --userspec=65534:65534 \"$root\" \"$0\" \"$@\""
            let help = try await scene.shell(chroot, ["copy", "--help"])
            #expect(help.output.hasPrefix("OVERVIEW: Copy"))
            let copy = try await scene.shell(chroot, ["copy", "a", "b"])
            #expect(copy.status == 1)
            #expect(
                copy.error == "imgtool: cannot run imgtool copy: /proc is not mounted, and cannot be mounted for this "
                    + "program alone; mount it: mount -t proc proc /proc\n")
        }
    }
}
