internal import JSON

/// A token of a template.
struct TemplateToken: Sendable {
    enum Kind: Hashable, Sendable {
        /// Text outside of actions, already trimmed.
        case text(String)
        case open, close
        case leftParenthesis, rightParenthesis
        case pipe, comma, declare, assign
        case dot
        /// A name after a dot, such as `.Digest`.
        case field(String)
        /// A variable, including the dollar sign; `$` alone is the data of the template.
        case variable(String)
        /// A keyword or the name of a function.
        case word(String)
        case string(String)
        case number(JSONValue)
        case end
    }

    let kind: Kind
    /// Starting at 1.
    let position: Int
    /// True if white space precedes the token.
    var followsSpace = false

    /// The token as shown in messages.
    var name: String {
        switch kind {
        case .text: "text"
        case .open: "{{"
        case .close: "}}"
        case .leftParenthesis: "("
        case .rightParenthesis: ")"
        case .pipe: "|"
        case .comma: ","
        case .declare: ":="
        case .assign: "="
        case .dot: "."
        case .field(let name): ".\(name)"
        case .variable(let name): name
        case .word(let name): "\"\(name)\""
        case .string: "a string"
        case .number: "a number"
        case .end: "the end of the template"
        }
    }
}
