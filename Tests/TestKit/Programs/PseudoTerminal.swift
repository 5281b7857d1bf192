internal import CTestKit
internal import Concurrency
internal import Glibc

/// A terminal of the kernel's, for programs that look whether they have one.
package final class PseudoTerminal: Sendable {
    /// What a program writes to.
    package let device: Int32
    private let controller: Int32
    private let columns: Int
    private let rows: Int
    private let text = Guarded<[UInt8]>([])

    /// - Throws: ``TestKitError``.
    package init(columns: Int, rows: Int) throws {
        var ends: (controller: Int32, device: Int32) = (-1, -1)
        guard ctestkit_open_terminal(Int32(columns), Int32(rows), &ends.controller, &ends.device) == 0 else {
            throw TestKitError("there is no pseudo-terminal: \(String(cString: strerror(errno)))")
        }
        (controller, device) = ends
        self.columns = columns
        self.rows = rows
    }

    deinit {
        close(device)
        close(controller)
    }

    /// The screen as it is now.
    package var screen: Screen { Screen(columns: columns, rows: rows).showing(written) }

    /// Reads until what has been written is as it should be. The test's own time limit bounds it.
    package func wait(until isSo: (String) -> Bool) async throws {
        while !isSo(written) {
            read()
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    private var written: String { String(decoding: text.withLock { $0 }, as: UTF8.self) }

    private func read() {
        var ready = pollfd(fd: controller, events: Int16(POLLIN), revents: 0)
        while poll(&ready, 1, 0) == 1 {
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = Glibc.read(controller, &buffer, buffer.count)
            guard count > 0 else { return }
            text.withLock { $0 += buffer.prefix(count) }
        }
    }
}
