internal import CSandbox
internal import FileSystem
internal import Glibc
internal import OCI

/// The registration of an emulator for one step alone (the kernel's binfmt-misc.rst).
///
/// Since Linux 6.7 every user namespace can have a table of its own. It ends with the namespace, and the machine's own
/// table is never touched.
enum BinfmtRegistration {
    /// Moves the process into a user namespace in which the emulator runs the programs of an architecture.
    ///
    /// - Throws: ``ImageError`` that says how else the emulator can be registered.
    static func enter(emulator: String, for architecture: Architecture) throws(ImageError) {
        guard csandbox_enter_user_namespace() == 0 else {
            throw refusal(emulator, FileError(errno, "enter", "a user namespace"))
        }
        let folder = "/proc/sys/fs/binfmt_misc"
        do throws(FileError) {
            try Mounting.mount("binfmt_misc", on: folder)
            try OpenFile("\(folder)/register", for: .updating).write(line(emulator, architecture), at: 0)
        } catch {
            throw refusal(emulator, error)
        }
    }

    /// The emulator is opened at once, so that the root file system need not have it (`F`); it is told the name that
    /// the program was called by (`P`), and programs that change the user do so (`C`).
    static func line(_ emulator: String, _ architecture: Architecture) -> [UInt8] {
        let (magic, mask) = TinyProgram.recognition(of: architecture)
        return Array(":imgtool:M::\(escaped(magic)):\(escaped(mask)):\(emulator):PCF\n".utf8)
    }

    private static func escaped(_ bytes: [UInt8]) -> String {
        bytes.map { "\\x" + ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func refusal(_ emulator: String, _ error: FileError) -> ImageError {
        ImageError(
            .failed, "cannot register \(emulator) for a step", error.description,
            advice: "before Linux 6.7 it has to be registered for the whole machine: "
                + "apt-get install qemu-user-static binfmt-support")
    }
}
