internal import CSandbox
internal import FileSystem
internal import Glibc
internal import JSON

/// A finding about this machine, saved in a file for later builds.
///
/// It is valid as long as the machine's traits are the same; the file may reach another machine along with the cache.
package struct MachineRecord: Sendable {
    let path: String
    /// A text that changes whenever the finding may be outdated.
    let traits: String

    package init(path: String, traits: String) {
        self.path = path
        self.traits = traits
    }

    /// The finding; `nil` if there is none, or if the traits have changed.
    package var value: String? {
        guard let bytes = try? File.read(path, limit: 1 << 16), let json = try? JSONValue(parsing: bytes),
            json["circumstances"]?.string == traits
        else { return nil }
        return json["found"]?.string
    }

    package func remember(_ value: String) {
        // Failing to save it is not an error, since finding it again costs less than a step.
        let json: JSONValue = ["circumstances": .string(traits), "found": .string(value)]
        try? Folder.create(Folder.containing(path))
        try? File.replace(path, with: json.bytes())
    }

    package func forget() { _ = try? File.remove(path) }
}

/// The traits of a machine that determine what programs can do.
package enum MachineTraits {
    /// The kernel, and the restrictions of this process: its user namespace, capabilities, system call filter and root
    /// file system.
    package static var ofProcess: String {
        var name = utsname()
        uname(&name)
        let kernel = [text(&name.sysname), text(&name.release), text(&name.version), text(&name.machine)]
        let status = file("/proc/self/status").split(separator: "\n").filter { line in
            ["CapEff:", "CapBnd:", "NoNewPrivs:", "Seccomp:"].contains { line.hasPrefix($0) }
        }
        return (kernel + [file("/proc/self/uid_map")] + status.map(String.init) + [ofFileSystem("/")])
            .joined(separator: "\n")
    }

    /// The file system of a folder.
    package static func ofFileSystem(_ folder: String) -> String {
        var status = stat()
        guard stat(folder, &status) == 0 else { return "unknown" }
        return "device \(status.st_dev) type \(csandbox_file_system(folder))"
    }

    private static func text<Field>(_ field: inout Field) -> String {
        withUnsafeBytes(of: &field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    private static func file(_ path: String) -> String {
        String(decoding: (try? File.read(path, limit: 1 << 16)) ?? [], as: UTF8.self)
    }
}
