internal import CLinux
internal import Glibc

/// The way to show progress; the values of `--progress`.
package enum ProgressMode: String, Sendable, CaseIterable {
    /// ``tty`` on a terminal, otherwise the command's default.
    case auto
    /// Lines that are redrawn.
    case tty
    /// A line for each start and end.
    case plain
    /// A JSON object per line.
    case rawjson
    /// Warnings only.
    case quiet

    /// - Parameter text: The name of a mode, or `none` for ``quiet``.
    package init?(parsing text: String) {
        if text == "none" { self = .quiet } else { self.init(rawValue: text) }
    }

    /// The effective mode for an output.
    ///
    /// - Parameters:
    ///   - isTerminal: True if the output is a terminal.
    ///   - terminal: The terminal type in `TERM`.
    ///   - fallback: The meaning of ``auto`` if nothing can be redrawn.
    func resolved(isTerminal: Bool, terminal: String?, otherwise fallback: ProgressMode = .quiet) -> ProgressMode {
        guard self == .auto else { return self }
        return isTerminal && !["", "dumb"].contains(terminal ?? "") ? .tty : fallback
    }
}

/// The properties of the output that matter for progress.
package struct ProgressTerminal: Sendable {
    /// The size of the screen, queried again for each frame.
    let size: @Sendable () -> (columns: Int, rows: Int)
    let isTerminal: Bool
    /// The terminal type in `TERM`.
    let type: String?
    let hasColors: Bool

    /// The current number of columns.
    package var columns: Int { size().columns }

    /// An output with a fixed size.
    package init(columns: Int, rows: Int, type: String? = "xterm", isTerminal: Bool = true, hasColors: Bool = false) {
        size = { (columns, rows) }
        self.type = type
        self.isTerminal = isTerminal
        self.hasColors = hasColors
    }

    /// A terminal of variable size.
    init(hasColors: Bool, size: @escaping @Sendable () -> (columns: Int, rows: Int)) {
        self.size = size
        self.type = "xterm"
        self.isTerminal = true
        self.hasColors = hasColors
    }

    /// The output of a descriptor. Colours are off if `NO_COLOR` is set to any value.
    package init(descriptor: Int32) {
        func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
        isTerminal = isatty(descriptor) == 1
        type = variable("TERM")
        hasColors = (variable("NO_COLOR") ?? "").isEmpty
        size = {
            let columns = Int(clinux_terminal_columns(descriptor))
            let rows = Int(clinux_terminal_rows(descriptor))
            return (columns > 0 ? columns : 80, rows > 0 ? rows : 24)
        }
    }
}
