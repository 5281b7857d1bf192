internal import JSON
internal import Spelling

extension TemplateParser {
    /// Parses `[$x :=] command | command …`, up to the token that cannot belong to it.
    ///
    /// - Parameter allowsPair: True to accept two variables, as in `range $key, $value := …`.
    mutating func parsePipeline(allowsPair: Bool) throws(TemplateError) -> TemplatePipeline {
        let first = peek
        var pipeline = TemplatePipeline(position: first.position)
        try parseVariables(of: &pipeline, allowsPair: allowsPair)
        repeat {
            pipeline.commands.append(try parseCommand(isFirst: pipeline.commands.isEmpty))
        } while takePipe()
        if pipeline.declares { variables += pipeline.variables }
        return pipeline
    }

    private mutating func parseVariables(
        of pipeline: inout TemplatePipeline, allowsPair: Bool
    ) throws(TemplateError) {
        var names: [(name: String, token: TemplateToken)] = []
        var rest = tokens
        while names.count < 2, let token = rest.popFirst(), case .variable(let name) = token.kind {
            names.append((name, token))
            guard rest.first?.kind == .comma else { break }
            rest = rest.dropFirst()
        }
        guard let kind = rest.first?.kind, kind == .declare || kind == .assign, !names.isEmpty else { return }
        if names.count == 2, !allowsPair { throw refuse("only range sets two variables", at: names[1].token) }
        tokens = rest.dropFirst()
        pipeline.declares = kind == .declare
        pipeline.variables = names.map(\.name)
        for (name, token) in names {
            if !pipeline.declares { try checkVariable(name, token) }
        }
    }

    private mutating func takePipe() -> Bool {
        guard peek.kind == .pipe else { return false }
        _ = take()
        return true
    }

    private mutating func parseCommand(isFirst: Bool) throws(TemplateError) -> TemplateCommand {
        let token = peek
        if let function = try function(at: token) {
            _ = take()
            var operands: [TemplateOperand] = []
            while let operand = try parseOperand() { operands.append(operand) }
            let count = operands.count + (isFirst ? 0 : 1)
            guard function.arguments.contains(count) else {
                throw refuse("\(function.name) takes \(function.arity), not \(count)", at: token)
            }
            return .call(function, operands, position: token.position)
        }
        guard let operand = try parseOperand() else {
            throw refuse("a value is missing before \(token.name)", at: token)
        }
        if case .literal(.null) = operand.start { throw refuse("nil alone is nothing to show", at: token) }
        guard isFirst else { throw refuse("only a function takes what comes through |", at: token) }
        let next = peek
        if try parseOperand() != nil {
            throw refuse("only a function takes arguments, \(token.name) is none", at: next)
        }
        return .value(operand)
    }

    /// The function that a token refers to; `nil` for anything but a name, and for a constant.
    private func function(at token: TemplateToken) throws(TemplateError) -> TemplateFunction? {
        guard case .word(let name) = token.kind, !["true", "false", "nil"].contains(name) else { return nil }
        if let function = TemplateFunction.named(name) { return function }
        let guess = NearestName.of(name, in: TemplateFunction.names).map { ", did you mean \($0)?" } ?? ""
        throw refuse("there is no function \"\(name)\"\(guess)", at: token)
    }

    /// Parses one value with its fields, if there is one.
    private mutating func parseOperand() throws(TemplateError) -> TemplateOperand? {
        guard var operand = try parseTerm() else { return nil }
        while case .field(let name) = peek.kind, !peek.followsSpace {
            if case .literal = operand.start { throw refuse("a constant has no field", at: peek) }
            operand.fields.append(.init(name: name, position: take().position))
        }
        return operand
    }

    private mutating func parseTerm() throws(TemplateError) -> TemplateOperand? {
        let token = peek
        func operand(_ start: TemplateOperand.Start) -> TemplateOperand {
            TemplateOperand(start: start, position: token.position)
        }
        switch token.kind {
        case .dot:
            _ = take()
            return operand(.dot)
        case .field(let name):
            _ = take()
            let field = TemplateOperand.Field(name: name, position: token.position)
            return TemplateOperand(start: .dot, fields: [field], position: token.position)
        case .variable(let name):
            _ = take()
            try checkVariable(name, token)
            return operand(.variable(name))
        case .string(let text):
            _ = take()
            return operand(.literal(.string(text)))
        case .number(let number):
            _ = take()
            return operand(.literal(number))
        case .word("true"), .word("false"):
            return operand(.literal(.bool(take().kind == .word("true"))))
        case .word("nil"):
            _ = take()
            return operand(.literal(.null))
        case .word:
            // A function used as an argument is called without arguments, but every function here needs some.
            let function = try function(at: token)
            throw refuse("write (\(function?.name ?? "") …) to call a function for an argument", at: token)
        case .leftParenthesis:
            return operand(.pipeline(try parseParentheses()))
        default:
            return nil
        }
    }

    private mutating func parseParentheses() throws(TemplateError) -> TemplatePipeline {
        let opening = take()
        try enter(opening)
        defer { leave() }
        let pipeline = try parsePipeline(allowsPair: false)
        guard pipeline.variables.isEmpty else { throw refuse("no variable is set in parentheses", at: opening) }
        guard take().kind == .rightParenthesis else { throw refuse("this parenthesis is not closed", at: opening) }
        return pipeline
    }

    private func checkVariable(_ name: String, _ token: TemplateToken) throws(TemplateError) {
        guard variables.contains(name) else {
            throw refuse("there is no variable \(name) here, it is made by {{\(name) := …}}", at: token)
        }
    }
}
