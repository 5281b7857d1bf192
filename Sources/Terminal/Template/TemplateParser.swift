/// Parses the tokens of a template, and checks everything that does not depend on data.
struct TemplateParser {
    /// The maximum nesting depth of blocks and parentheses.
    static let maximumDepth = 100

    /// The end of a list of nodes.
    private enum Terminator {
        case end(TemplateToken)
        case alternative(TemplateToken)
        case endOfTemplate(TemplateToken)
    }

    var tokens: ArraySlice<TemplateToken>
    /// The variables in scope, the newest last.
    var variables = ["$"]
    private var depth = 0
    private var ranges = 0
    /// The templates that were defined, and where others are used.
    private var definitions: [String: [TemplateNode]] = [:]
    private var uses: [(name: String, token: TemplateToken)] = []

    static func parse(
        _ text: String
    ) throws(TemplateError) -> (nodes: [TemplateNode], definitions: [String: [TemplateNode]]) {
        var parser = TemplateParser(tokens: try TemplateLexer.tokens(of: text)[...])
        let (nodes, terminator) = try parser.parseList()
        switch terminator {
        case .endOfTemplate:
            if let use = parser.uses.first(where: { parser.definitions[$0.name] == nil }) {
                throw parser.refuse("there is no template \"\(use.name)\", {{define}} makes one", at: use.token)
            }
            return (nodes, parser.definitions)
        case .alternative(let token): throw parser.refuse("there is no block that {{else}} belongs to", at: token)
        case .end(let token): throw parser.refuse("there is no block that {{end}} belongs to", at: token)
        }
    }

    private init(tokens: ArraySlice<TemplateToken>) {
        self.tokens = tokens
        last = tokens.first ?? TemplateToken(kind: .end, position: 1)
    }

    // MARK: Blocks

    private mutating func parseList() throws(TemplateError) -> ([TemplateNode], Terminator) {
        var nodes: [TemplateNode] = []
        while true {
            let token = take()
            switch token.kind {
            case .text(let text): nodes.append(.text(text))
            case .end: return (nodes, .endOfTemplate(token))
            default:
                switch peek.kind {
                case .word("end"):
                    let word = take()
                    try expectClose(after: "end")
                    return (nodes, .end(word))
                case .word("else"):
                    return (nodes, .alternative(take()))
                case .word("define"):
                    try parseDefinition()
                default:
                    nodes.append(try parseAction())
                }
            }
        }
    }

    private mutating func parseAction() throws(TemplateError) -> TemplateNode {
        let token = peek
        guard case .word(let word) = token.kind else { return .action(try parseActionPipeline()) }
        switch word {
        case "if", "with", "range":
            _ = take()
            return try parseBlock(word, at: token)
        case "break", "continue":
            _ = take()
            guard ranges > 0 else { throw refuse("{{\(word)}} is outside of any range", at: token) }
            try expectClose(after: word)
            return word == "break" ? .leave : .next
        case "template", "block":
            return try parseUse(isBlock: take().kind == .word("block"))
        default:
            return .action(try parseActionPipeline())
        }
    }

    /// Parses `define "name"` with what belongs to it.
    private mutating func parseDefinition() throws(TemplateError) {
        let token = take()
        guard depth == 0 else { throw refuse("{{define}} stands within no other block", at: token) }
        let name = try parseName(after: "define")
        try expectClose(after: "define")
        try define(name, at: token)
    }

    /// Parses `template "name" value`, or `block "name" value` with what belongs to it.
    private mutating func parseUse(isBlock: Bool) throws(TemplateError) -> TemplateNode {
        let word = isBlock ? "block" : "template"
        let token = last
        let name = try parseName(after: word)
        let pipeline = isBlock || peek.kind != .close ? try parsePipeline(allowsPair: false) : nil
        try expectClose(after: word)
        if isBlock { try define(name, at: token) } else { uses.append((name, token)) }
        return .template(name, pipeline, position: token.position)
    }

    private mutating func parseName(after word: String) throws(TemplateError) -> String {
        let token = take()
        guard case .string(let name) = token.kind else {
            throw refuse("after \(word) comes a name, as in {{\(word) \"name\"}}, not \(token.name)", at: token)
        }
        return name
    }

    /// Parses what a template consists of, up to its end. It sees nothing of what is around it.
    private mutating func define(_ name: String, at opening: TemplateToken) throws(TemplateError) {
        try enter(opening)
        let outer = (variables, ranges)
        (variables, ranges) = (["$"], 0)
        let (nodes, terminator) = try parseList()
        (variables, ranges) = outer
        leave()
        guard case .end = terminator else { throw refuse("the template \"\(name)\" has no {{end}}", at: opening) }
        guard definitions.updateValue(nodes, forKey: name) == nil else {
            throw refuse("the template \"\(name)\" is defined twice", at: opening)
        }
    }

    private mutating func parseActionPipeline() throws(TemplateError) -> TemplatePipeline {
        let pipeline = try parsePipeline(allowsPair: false)
        try expectClose(after: "the action")
        return pipeline
    }

    /// Parses a block from after its keyword to its end, which closes the scope of its variables.
    private mutating func parseBlock(_ word: String, at opening: TemplateToken) throws(TemplateError) -> TemplateNode {
        try enter(opening)
        let outer = variables
        defer {
            leave()
            variables = outer
        }
        let pipeline = try parsePipeline(allowsPair: word == "range")
        try expectClose(after: word)
        let inner = variables
        if word == "range" { ranges += 1 }
        let (body, terminator) = try parseList()
        if word == "range" { ranges -= 1 }
        variables = inner
        let alternative = try parseAlternative(of: word, terminator, opening)
        switch word {
        case "if": return .condition(pipeline, then: body, else: alternative)
        case "with": return .with(pipeline, then: body, else: alternative)
        default: return .range(pipeline, each: body, else: alternative)
        }
    }

    private mutating func parseAlternative(
        of word: String, _ terminator: Terminator, _ opening: TemplateToken
    ) throws(TemplateError) -> [TemplateNode] {
        switch terminator {
        case .end: return []
        case .endOfTemplate: throw refuse("this {{\(word)}} has no {{end}}", at: opening)
        case .alternative: break
        }
        if case .word(let next) = peek.kind {
            guard next == word, word != "range" else {
                throw refuse("{{else \(next)}} does not belong to {{\(word)}}", at: peek)
            }
            return [try parseBlock(word, at: take())]
        }
        try expectClose(after: "else")
        let (nodes, terminator) = try parseList()
        switch terminator {
        case .end: return nodes
        case .endOfTemplate: throw refuse("this {{\(word)}} has no {{end}}", at: opening)
        case .alternative(let token): throw refuse("this {{\(word)}} has a second {{else}}", at: token)
        }
    }

    // MARK: Tokens

    /// The last token taken.
    private var last: TemplateToken

    var peek: TemplateToken { tokens.first ?? last }

    mutating func take() -> TemplateToken {
        last = tokens.popFirst() ?? last
        return last
    }

    mutating func enter(_ token: TemplateToken) throws(TemplateError) {
        depth += 1
        guard depth <= Self.maximumDepth else {
            throw refuse("this is nested more than \(Self.maximumDepth) deep", at: token)
        }
    }

    mutating func leave() {
        depth -= 1
    }

    func refuse(_ problem: String, at token: TemplateToken) -> TemplateError {
        TemplateError(position: token.position, problem: problem)
    }

    private mutating func expectClose(after what: String) throws(TemplateError) {
        let token = take()
        guard token.kind == .close else { throw refuse("after \(what) comes }}, not \(token.name)", at: token) }
    }
}
