internal import Foundation

/// Packages of Debian 13 that are fetched once and kept with what is built; nothing is installed. The stable release does
/// not change under the tests.
package enum DebianPackages {
    /// Unpacks packages into a folder.
    ///
    /// - Parameters:
    ///   - folder: A path below the folder of what is built.
    ///   - programs: Files of the packages, by which it is seen that they are unpacked.
    /// - Returns: The absolute path of the folder.
    /// - Throws: ``TestKitError`` when they cannot be fetched.
    package static func unpack(_ packages: [String], into folder: String, having programs: [String]) throws -> String {
        let files = FileManager.default
        let folder = "\(files.currentDirectoryPath)/.build/\(folder)"
        var isComplete: Bool { programs.allSatisfy { files.fileExists(atPath: "\(folder)/\($0)") } }
        if isComplete { return folder }
        let work = "\(folder).work-\(UUID())"
        for name in ["lists/partial", "cache/archives/partial"] {
            try files.createDirectory(atPath: "\(work)/\(name)", withIntermediateDirectories: true)
        }
        defer { try? files.removeItem(atPath: work) }
        // The machine's own list of releases stays as it is.
        let keys = "/usr/share/keyrings/debian-archive-keyring.gpg"
        try "deb [signed-by=\(keys)] \(try mirror()) trixie main\n"
            .write(toFile: "\(work)/sources.list", atomically: false, encoding: .utf8)
        let options = [
            "Dir::Etc::sourcelist=\(work)/sources.list", "Dir::Etc::sourceparts=/dev/null",
            "Dir::State::lists=\(work)/lists", "Dir::Cache=\(work)/cache", "Dir::State::status=/dev/null",
            "APT::Sandbox::User=root", "Acquire::Languages=none",
        ]
        let apt = ["apt-get", "-q"] + options.flatMap { ["-o", $0] }
        try Tool.runQuietly(apt + ["update"], in: work)
        try Tool.runQuietly(apt + ["download"] + packages, in: work)
        for name in try files.contentsOfDirectory(atPath: work) where name.hasSuffix(".deb") {
            try Tool.runQuietly(["dpkg", "-x", "\(work)/\(name)", "\(work)/root"], in: work)
        }
        // Another process may have been faster.
        if isComplete { return folder }
        try? files.removeItem(atPath: folder)
        try files.moveItem(atPath: "\(work)/root", toPath: folder)
        return folder
    }

    /// Where this machine gets Debian's packages from.
    private static func mirror() throws -> String {
        let files = FileManager.default
        let parts = (try? files.contentsOfDirectory(atPath: "/etc/apt/sources.list.d")) ?? []
        let lists = ["/etc/apt/sources.list"] + parts.sorted().map { "/etc/apt/sources.list.d/\($0)" }
        for list in lists {
            guard let text = try? String(contentsOfFile: list, encoding: .utf8),
                let match = text.firstMatch(of: /(?m)^(?:URIs:\s*|deb\s+(?:\[[^\]]*\]\s*)?)(\S+\/debian)\/?(?:\s|$)/)
            else { continue }
            return String(match.1)
        }
        throw TestKitError("no mirror of Debian is configured")
    }
}
