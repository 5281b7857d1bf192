import Foundation
import TestKit
import Testing

extension CacheScene {
    /// Starts a build, does something when it has come to a point, and waits for its end.
    ///
    /// - Parameters:
    ///   - isReady: Whether it has come to that point.
    ///   - body: Is given the number of the process.
    func running(
        _ build: [String], until isReady: () -> Bool, _ body: (String) async throws -> Void
    ) async throws -> Tool.Outcome {
        let record = "pid-\(UUID())"
        let script = #"echo $$ > "$PID.new"; mv "$PID.new" "$PID"; exec "$0" "$@""#
        async let running = Tool("sh").run(
            ["-c", script, Tool.imgtool.program] + build,
            environment: environment().merging(["PID": folder.file(record)]) { one, _ in one })
        try await waitUntil { folder.has(record) && isReady() }
        try await body(folder.text(record).filter(\.isNumber))
        return try await running
    }

    /// Waits until nothing is left of builds of this scene that have ended in whatever way: the kernel takes a moment to
    /// end what a killed process has started.
    func waitUntilNothingIsLeft() async throws {
        try await waitUntil { mounts == 0 && processes == 0 }
    }

    /// How many mounts there are of this scene's folders, in the namespace of this process.
    var mounts: Int {
        Self.kernelText("/proc/self/mountinfo").split(separator: "\n").count { $0.contains(folder.path) }
    }

    /// How many processes have this scene's name among their words.
    var processes: Int {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return all.count { Int($0) != nil && Self.kernelText("/proc/\($0)/cmdline").contains(marker) }
    }

    /// A file that the kernel makes up while it is read, and of which it does not know the size before.
    private static func kernelText(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var text: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { text += buffer[..<count] }
        return String(decoding: text, as: UTF8.self)
    }

    /// A word that only this scene has. It is also in the name of its folder.
    var marker: String { String(folder.path.split(separator: ".").last ?? "") }

    private var cacheMounts: [String] { folder.names(in: "cache/mounts").filter { !$0.hasSuffix(".id") } }

    /// What the cache calls the first of its cache mounts.
    var cacheMount: String? { cacheMounts.first }

    /// What is in the folders of all cache mounts.
    ///
    /// - Parameter number: Which of the folders that a private one may have.
    func files(inMount number: Int = 0) -> [String] {
        cacheMounts.flatMap { folder.names(in: "cache/mounts/\($0)/\(number)") }
    }
}

/// Waits until something is so. The test's own time limit bounds it.
func waitUntil(_ isSo: () -> Bool) async throws {
    while !isSo() { try await Task.sleep(for: .milliseconds(5)) }
}
