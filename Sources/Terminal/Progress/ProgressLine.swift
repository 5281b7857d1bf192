/// A line that a ``ProgressView`` shows.
package struct ProgressLine: Sendable, Hashable {
    /// What a line looks like where there are colours.
    package enum Style: Sendable, Hashable {
        case plain
        /// What matters less than the lines around it.
        case dim
        case warning
        case failure
    }

    /// Without control characters. A tab is allowed where nothing is drawn.
    package let text: String
    package let style: Style
    /// How many characters at the beginning of the line have the style; `nil` for all of them.
    let styledCount: Int?

    package init(_ text: String, _ style: Style = .plain, of styledCount: Int? = nil) {
        self.text = text
        self.style = style
        self.styledCount = styledCount
    }

    /// Something that must not be missed.
    package static func warning(_ text: String) -> ProgressLine {
        ProgressLine("warning: \(text)", .warning, of: "warning:".count)
    }

    /// The text as a terminal takes it.
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
