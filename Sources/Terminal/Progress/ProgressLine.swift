/// A line shown by a ``ProgressView``.
package struct ProgressLine: Sendable, Hashable {
    /// The style of a line on a terminal with colours.
    package enum Style: Sendable, Hashable {
        case plain
        /// Less important than the lines around it.
        case dim
        case warning
        case failure
    }

    /// Without control characters, except tabs where nothing is redrawn.
    package let text: String
    package let style: Style
    /// The number of characters at the beginning that have the style; `nil` for the whole line.
    let styledCount: Int?

    package init(_ text: String, _ style: Style = .plain, of styledCount: Int? = nil) {
        self.text = text
        self.style = style
        self.styledCount = styledCount
    }

    /// A warning.
    package static func warning(_ text: String) -> ProgressLine {
        ProgressLine("warning: \(text)", .warning, of: "warning:".count)
    }

    /// The text with terminal codes.
    func written(hasColors: Bool) -> String {
        guard hasColors, let code = style.code else { return text }
        let count = styledCount ?? text.count
        return "\u{1B}[\(code)m\(text.prefix(count))\u{1B}[0m\(text.dropFirst(count))"
    }
}

extension ProgressLine.Style {
    /// The parameter of "Select Graphic Rendition" (ECMA-48, 8.3.117).
    fileprivate var code: Int? {
        switch self {
        case .plain: nil
        case .dim: 2
        case .warning: 33
        case .failure: 31
        }
    }
}
