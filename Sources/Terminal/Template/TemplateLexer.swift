/// Splits a template into tokens, as in Go's text/template: text, and actions between `{{` and `}}`.
///
/// `{{- ` and ` -}}` trim the white space beside them; `{{/* … */}}` is a comment.
struct TemplateLexer {
    let scalars: [Unicode.Scalar]
    var index = 0
    private var tokens: [TemplateToken] = []

    init(_ text: String) {
        scalars = Array(text.unicodeScalars)
    }

    static func tokens(of text: String) throws(TemplateError) -> [TemplateToken] {
        var lexer = TemplateLexer(text)
        try lexer.lexTemplate()
        return lexer.tokens
    }

    private mutating func lexTemplate() throws(TemplateError) {
        var trimsStart = false
        while index < scalars.count {
            let start = index
            while index < scalars.count, !at("{{") { index += 1 }
            var text = scalars[start..<index]
            let opening = index
            var trimsEnd = false
            if index < scalars.count {
                index += 2
                trimsEnd = scalar() == "-" && Self.isSpace(scalar(1))
                if trimsEnd { index += 1 }
            }
            if trimsStart { text = text.drop(while: Self.isSpace) }
            if trimsEnd { while text.last.map(Self.isSpace) == true { text.removeLast() } }
            if !text.isEmpty { append(.text(Self.string(text)), at: start) }
            if opening < scalars.count { trimsStart = try lexAction(from: opening) }
        }
        append(.end, at: index)
    }

    /// - Returns: True if the action trims the text after it.
    private mutating func lexAction(from opening: Int) throws(TemplateError) -> Bool {
        let inside = index
        skipSpace()
        if at("/*") { return try skipComment(from: opening) }
        index = inside
        append(.open, at: opening)
        while true {
            let spaces = index
            skipSpace()
            let followsSpace = index > spaces
            if followsSpace, at("-}}") {
                append(.close, at: index)
                index += 3
                return true
            }
            if at("}}") {
                append(.close, at: index)
                index += 2
                return false
            }
            guard index < scalars.count else { throw refuse("this action is not closed by }}", at: opening) }
            let start = index
            let kind = try lexToken()
            tokens.append(TemplateToken(kind: kind, position: start + 1, followsSpace: followsSpace))
        }
    }

    private mutating func skipComment(from opening: Int) throws(TemplateError) -> Bool {
        index += 2
        while index < scalars.count, !at("*/") { index += 1 }
        guard index < scalars.count else { throw refuse("this comment is not closed by */", at: opening) }
        index += 2
        if at("}}") {
            index += 2
            return false
        }
        guard Self.isSpace(scalar()) else { throw refuse("a comment fills its action, }} follows it", at: index) }
        skipSpace()
        guard at("-}}") else { throw refuse("a comment fills its action, }} follows it", at: index) }
        index += 3
        return true
    }

    private mutating func lexToken() throws(TemplateError) -> TemplateToken.Kind {
        guard let first = scalar() else { return .end }
        switch first {
        case "(": return single(.leftParenthesis)
        case ")": return single(.rightParenthesis)
        case "|": return single(.pipe)
        case ",": return single(.comma)
        case "=": return single(.assign)
        case ":" where scalar(1) == "=":
            index += 2
            return .declare
        case "\"": return .string(try lexQuoted())
        case "`": return .string(try lexRaw())
        case "'": throw refuse("there are no character constants, write a string", at: index)
        case "$":
            index += 1
            return .variable("$" + lexName())
        case "." where !Self.isDigit(scalar(1)):
            index += 1
            let name = lexName()
            return name.isEmpty ? .dot : .field(name)
        case ".", "+", "-", "0"..."9": return .number(try lexNumber())
        default:
            let start = index
            let name = lexName()
            guard !name.isEmpty else {
                throw refuse("\"\(String(Character(first)))\" means nothing here", at: start)
            }
            return .word(name)
        }
    }

    private mutating func single(_ kind: TemplateToken.Kind) -> TemplateToken.Kind {
        index += 1
        return kind
    }

    private mutating func lexName() -> String {
        let start = index
        while let next = scalar(), Self.isNamePart(next) { index += 1 }
        return Self.string(scalars[start..<index])
    }

    // MARK: Text

    func scalar(_ ahead: Int = 0) -> Unicode.Scalar? {
        index + ahead < scalars.count ? scalars[index + ahead] : nil
    }

    func refuse(_ problem: String, at index: Int) -> TemplateError {
        TemplateError(position: index + 1, problem: problem)
    }

    private func at(_ text: String) -> Bool {
        scalars[index...].starts(with: text.unicodeScalars)
    }

    private mutating func skipSpace() {
        while Self.isSpace(scalar()) { index += 1 }
    }

    private mutating func append(_ kind: TemplateToken.Kind, at index: Int) {
        tokens.append(TemplateToken(kind: kind, position: index + 1))
    }

    static func string(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    static func isSpace(_ scalar: Unicode.Scalar?) -> Bool {
        scalar == " " || scalar == "\t" || scalar == "\r" || scalar == "\n"
    }

    static func isDigit(_ scalar: Unicode.Scalar?) -> Bool {
        scalar.map { ("0"..."9").contains($0) } ?? false
    }

    static func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || scalar.properties.isAlphabetic || scalar.properties.numericType != nil
    }
}
