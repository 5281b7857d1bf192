internal import CSandbox
internal import FileSystem
internal import Glibc
internal import OCI

/// Registers an emulator for a single step (the kernel's binfmt-misc.rst).
///
/// Since Linux 6.7, every user namespace can have a table of its own, which ends with the namespace. The machine's own
/// table is never changed.
enum BinfmtRegistration {
    /// Moves the process into a user namespace in which the emulator runs the programs of an architecture.
    ///
    /// - Throws: ``ImageError`` with another way to register the emulator.
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

    /// The flags: the emulator is opened at once, so that the root file system need not contain it (`F`), it gets the
    /// name by which the program was called (`P`), and set-user-id programs work (`C`).
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
