internal import CLinux
internal import Glibc

/// How progress is shown; the values of `--progress`.
package enum ProgressMode: String, Sendable, CaseIterable {
    /// ``tty`` on a terminal, otherwise what suits the command.
    case auto
    /// Lines that are redrawn.
    case tty
    /// A line for each beginning and each end.
    case plain
    /// A JSON object a line.
    case rawjson
    /// Warnings only.
    case quiet

    /// - Parameter text: A value's name, or `none` for ``quiet``.
    package init?(parsing text: String) {
        if text == "none" { self = .quiet } else { self.init(rawValue: text) }
    }

    /// What the mode comes to where the output goes.
    ///
    /// - Parameters:
    ///   - isTerminal: Whether it goes to a terminal.
    ///   - terminal: The type of terminal that the environment names in `TERM`.
    ///   - fallback: What ``auto`` is where nothing can be redrawn.
    func resolved(isTerminal: Bool, terminal: String?, otherwise fallback: ProgressMode = .quiet) -> ProgressMode {
        guard self == .auto else { return self }
        return isTerminal && !["", "dumb"].contains(terminal ?? "") ? .tty : fallback
    }
}

/// What the output goes to, as far as it matters for progress.
package struct ProgressTerminal: Sendable {
    /// The screen in columns and rows. It is asked for again for each drawing.
    let size: @Sendable () -> (columns: Int, rows: Int)
    let isTerminal: Bool
    /// The type that `TERM` names.
    let type: String?
    let hasColors: Bool

    /// How many columns it has now.
    package var columns: Int { size().columns }

    /// Something with a fixed size.
    package init(columns: Int, rows: Int, type: String? = "xterm", isTerminal: Bool = true, hasColors: Bool = false) {
        size = { (columns, rows) }
        self.type = type
        self.isTerminal = isTerminal
        self.hasColors = hasColors
    }

    /// A terminal whose size changes.
    init(hasColors: Bool, size: @escaping @Sendable () -> (columns: Int, rows: Int)) {
        self.size = size
        self.type = "xterm"
        self.isTerminal = true
        self.hasColors = hasColors
    }

    /// What a descriptor goes to. Colours are left out when `NO_COLOR` is set to anything.
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
