internal import JSON

/// The smallest piece of a template that means something.
struct TemplateToken: Sendable {
    enum Kind: Hashable, Sendable {
        /// What stands outside of actions, trimmed already.
        case text(String)
        case open, close
        case leftParenthesis, rightParenthesis
        case pipe, comma, declare, assign
        case dot
        /// A name after a dot, as in `.Digest`.
        case field(String)
        /// A name after a dollar sign, with it; `$` alone is what the template was given.
        case variable(String)
        /// A keyword or the name of a function.
        case word(String)
        case string(String)
        case number(JSONValue)
        case end
    }

    let kind: Kind
    /// Counted from 1.
    let position: Int
    /// Whether white space separates it from the token before.
    var followsSpace = false

    /// How messages call it.
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
