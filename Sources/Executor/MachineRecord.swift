internal import CSandbox
internal import FileSystem
internal import Glibc
internal import JSON

/// Something that was found out about this machine, kept in a file for later builds.
///
/// It holds as long as what it depends on is the same. The file may come to another machine with the cache that it is in.
package struct MachineRecord: Sendable {
    let path: String
    /// What it depends on, as a text that is another when that is.
    let traits: String

    package init(path: String, traits: String) {
        self.path = path
        self.traits = traits
    }

    /// What was found out; `nil` when nothing was, or when it was under other circumstances.
    package var value: String? {
        guard let bytes = try? File.read(path, limit: 1 << 16), let json = try? JSONValue(parsing: bytes),
            json["circumstances"]?.string == traits
        else { return nil }
        return json["found"]?.string
    }

    package func remember(_ value: String) {
        // Finding it again costs less than a step; it is not worth an error.
        let json: JSONValue = ["circumstances": .string(traits), "found": .string(value)]
        try? Folder.create(Folder.containing(path))
        try? File.replace(path, with: json.bytes())
    }

    package func forget() { _ = try? File.remove(path) }
}

/// What decides what programs can do on this machine.
package enum MachineTraits {
    /// The kernel, and what it lets this process do: its user namespace, capabilities and filter of system calls, and the
    /// file system that it has as its root.
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

    /// The file system that a folder is on.
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
