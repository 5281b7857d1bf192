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
            #expect(help.output.hasPrefix("OVERVIEW: Copy"), "\(help.error)")
            let copy = try await scene.shell(chroot, ["copy", "a", "b"])
            #expect(copy.status == 1)
            #expect(
                copy.error == "imgtool: cannot run imgtool copy: /proc is not mounted, and cannot be mounted for this "
                    + "program alone; mount it: mount -t proc proc /proc\n")
        }
    }

    #if arch(x86_64)
        /// Runs a program in which unshare(2) gives no user namespace.
        private static let withoutUserNamespaces = #"""
            withoutUserNamespaces() {
                perl -e 'my $filter = pack("SCCL" x 6, 0x20, 0, 0, 0, 0x15, 0, 3, 272, 0x20, 0, 0, 16,
                    0x45, 0, 1, 0x10000000, 6, 0, 0, 0x50001, 6, 0, 0, 0x7fff0000);
                    my $program = pack("Sx6P", 6, $filter);
                    syscall(157, 22, 2, $program, 0, 0) == 0 or die; exec @ARGV' "$@"
            }
            """#

        @Test(arguments: [true, false])
        func `runs where the kernel gives no user namespace, and says what that costs`(hasRunc: Bool) async throws {
            try await CacheScene.with { scene in
                let build = try await scene.context(
                    "app", "FROM busybox\nRUN mknod /disk b 7 0; cat /disk 2> /refused || true\n")
                let flags = ["--output", "type=local,dest=\(scene.folder.file("out"))"]
                let chosen = hasRunc ? [] : ["--oci-runtime", "crun"]
                let outcome = try await scene.shell(
                    "\(Self.withoutUserNamespaces)\nwithoutUserNamespaces \"$0\" \"$@\"", build + flags + chosen)
                #expect(outcome.status == 0, "\(outcome.error)")
                #expect(outcome.error.contains("warning: the kernel gives no user namespace here") != hasRunc)
                if hasRunc { #expect(try scene.folder.text("out/refused").contains("Permission denied")) }
            }
        }
    #endif
}
