import Foundation
import TestKit

/// A root file system with nothing but Debian's busybox, as a layer.
///
/// The packages are fetched once and kept with what is built. Where there is no network, the tests that need them are
/// left out.
enum Busybox {
    static let folder = FileManager.default.currentDirectoryPath + "/.build/test-busybox"
    private static let applets = [
        "cat", "chmod", "cp", "dd", "echo", "env", "false", "hostname", "id", "kill", "ln", "ls", "mkdir", "mknod",
        "mv", "nproc", "ps", "pwd", "readlink", "rm", "rmdir", "seq", "sh", "sleep", "stat", "touch", "true", "umask",
        "uname", "wc", "yes", "head", "grep", "ip", "mount", "umount", "sort", "df", "chown",
    ]

    /// Whether the layers are there, or could be fetched.
    static let isAvailable: Bool = {
        if (try? prepare()) != nil { return true }
        print("Debian's busybox-static could not be fetched: the tests that run it are left out")
        return false
    }()

    /// The layer of an architecture, as Debian calls it.
    static func layer(_ architecture: String = "amd64") -> String { "\(folder)/\(architecture)" }

    private static func prepare() throws {
        let architectures = ["amd64", "arm64"]
        let files = FileManager.default
        if architectures.allSatisfy({ files.fileExists(atPath: layer($0)) }) { return }
        let work = "\(folder)/.work-\(UUID())"
        for name in ["lists/partial", "cache/archives/partial"] {
            try files.createDirectory(atPath: "\(work)/\(name)", withIntermediateDirectories: true)
        }
        defer { try? files.removeItem(atPath: work) }
        // The machine's own list of architectures stays as it is.
        var options = ["Dir::State::lists=\(work)/lists", "Dir::Cache=\(work)/cache", "Dir::State::status=/dev/null"]
        options += ["APT::Sandbox::User=root"] + architectures.map { "APT::Architectures::=\($0)" }
        let apt = ["apt-get", "-q"] + options.flatMap { ["-o", $0] }
        try Tool.runQuietly(apt + ["update"], in: work)
        try Tool.runQuietly(apt + ["download"] + architectures.map { "busybox-static:\($0)" }, in: work)
        for architecture in architectures where !files.fileExists(atPath: layer(architecture)) {
            let names = try files.contentsOfDirectory(atPath: work).filter { $0.hasSuffix("_\(architecture).deb") }
            try Tool.runQuietly(
                ["dpkg", "-x", "\(work)/\(names.first ?? "missing")", "\(work)/\(architecture)"], in: work)
            try layOut("\(work)/\(architecture)", as: "\(work)/layer-\(architecture)")
            try files.moveItem(atPath: "\(work)/layer-\(architecture)", toPath: layer(architecture))
        }
    }

    private static func layOut(_ package: String, as layer: String) throws {
        let files = FileManager.default
        for name in ["bin", "etc", "home/app"] {
            try files.createDirectory(atPath: "\(layer)/\(name)", withIntermediateDirectories: true)
        }
        try files.copyItem(atPath: "\(package)/bin/busybox", toPath: "\(layer)/bin/busybox")
        for name in applets {
            try files.createSymbolicLink(atPath: "\(layer)/bin/\(name)", withDestinationPath: "busybox")
        }
        try "root:x:0:0:root:/root:/bin/sh\napp:x:1000:1001::/home/app:/bin/sh\n"
            .write(toFile: "\(layer)/etc/passwd", atomically: false, encoding: .utf8)
        try "root:x:0:\nvideo:x:44:app,other\napp:x:1001:\n"
            .write(toFile: "\(layer)/etc/group", atomically: false, encoding: .utf8)
    }
}
