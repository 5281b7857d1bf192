internal import JSON

/// Evaluates a template.
struct TemplateEvaluator {
    /// The control flow after a list of nodes.
    private enum Flow {
        case onward, leave, next
    }

    private(set) var out = ""
    private var variables: [(name: String, value: TemplateValue)]
    private let definitions: [String: [TemplateNode]]
    /// The nesting of templates in use.
    private var depth = 0

    /// The maximum nesting of templates in use.
    private static let maximumDepth = 100

    init(_ value: TemplateValue, _ definitions: [String: [TemplateNode]]) {
        variables = [("$", value)]
        self.definitions = definitions
    }

    mutating func run(_ nodes: [TemplateNode]) async throws {
        _ = try await run(nodes, dot: variables[0].value)
    }

    private mutating func run(_ nodes: [TemplateNode], dot: TemplateValue) async throws -> Flow {
        for node in nodes {
            try Task.checkCancellation()
            let flow = try await run(node, dot: dot)
            if flow != .onward { return flow }
        }
        return .onward
    }

    private mutating func run(_ node: TemplateNode, dot: TemplateValue) async throws -> Flow {
        let outer = variables.count
        switch node {
        case .text(let text):
            out += text
        case .action(let pipeline):
            let value = try await evaluate(pipeline, dot: dot)
            // Variables declared by an action are valid until the end of the list.
            if pipeline.variables.isEmpty { out += try await value.printed() }
        case .leave: return .leave
        case .next: return .next
        case .condition(let pipeline, let then, let otherwise):
            defer { variables.removeSubrange(outer...) }
            let isTrue = try await evaluate(pipeline, dot: dot).isTrue()
            return try await run(isTrue ? then : otherwise, dot: dot)
        case .with(let pipeline, let then, let otherwise):
            defer { variables.removeSubrange(outer...) }
            let value = try await evaluate(pipeline, dot: dot)
            let isTrue = try await value.isTrue()
            return try await run(isTrue ? then : otherwise, dot: isTrue ? value : dot)
        case .template(let name, let pipeline, let position):
            try await fillIn(name, pipeline, at: position, dot: dot)
        case .range(let pipeline, let each, let otherwise):
            defer { variables.removeSubrange(outer...) }
            return try await range(over: pipeline, each, otherwise, dot: dot)
        }
        return .onward
    }

    /// Evaluates a defined template, which does not see the variables here.
    private mutating func fillIn(
        _ name: String, _ pipeline: TemplatePipeline?, at position: Int, dot: TemplateValue
    ) async throws {
        var value = TemplateValue.missing
        if let pipeline { value = try await evaluate(pipeline, dot: dot) }
        guard depth < Self.maximumDepth else {
            throw TemplateError(
                position: position, problem: "the template \"\(name)\" is used within itself without end")
        }
        let outer = variables
        variables = [("$", value)]
        depth += 1
        _ = try await run(definitions[name] ?? [], dot: value)
        depth -= 1
        variables = outer
    }

    private mutating func range(
        over pipeline: TemplatePipeline, _ each: [TemplateNode], _ otherwise: [TemplateNode], dot: TemplateValue
    ) async throws -> Flow {
        let value = try await commands(of: pipeline, dot: dot)
        let elements = try await placed(at: pipeline.position) { try await value.elements() }
        if elements.isEmpty {
            for name in pipeline.variables where pipeline.declares { variables.append((name, .missing)) }
            return try await run(otherwise, dot: dot)
        }
        let outer = variables.count
        for (key, element) in elements {
            let values = pipeline.variables.count == 2 ? [.json(key), element] : [element]
            for (name, value) in zip(pipeline.variables, values) {
                set(name, to: value, declaring: pipeline.declares)
            }
            let flow = try await run(each, dot: element)
            variables.removeSubrange(outer...)
            if flow == .leave { break }
        }
        return .onward
    }

    // MARK: Pipelines

    private mutating func evaluate(_ pipeline: TemplatePipeline, dot: TemplateValue) async throws -> TemplateValue {
        let value = try await commands(of: pipeline, dot: dot)
        for name in pipeline.variables { set(name, to: value, declaring: pipeline.declares) }
        return value
    }

    private mutating func commands(of pipeline: TemplatePipeline, dot: TemplateValue) async throws -> TemplateValue {
        var result: TemplateValue?
        for command in pipeline.commands {
            switch command {
            case .value(let operand):
                result = try await evaluate(operand, dot: dot)
            case .call(let function, let operands, let position):
                result = try await call(function, operands, piped: result, at: position, dot: dot)
            }
        }
        return result ?? .missing
    }

    private mutating func call(
        _ function: TemplateFunction, _ operands: [TemplateOperand], piped: TemplateValue?, at position: Int,
        dot: TemplateValue
    ) async throws -> TemplateValue {
        if case .firstThat(let wanted) = function.body {
            var value = TemplateValue.missing
            for operand in operands {
                value = try await evaluate(operand, dot: dot)
                if try await value.isTrue() == wanted { return value }
            }
            return piped ?? value
        }
        var arguments: [TemplateValue] = []
        for operand in operands { arguments.append(try await evaluate(operand, dot: dot)) }
        if let piped { arguments.append(piped) }
        return try await placed(at: position) {
            switch function.body {
            case .firstThat: return .missing
            case .values(let body): return try await body(arguments)
            case .json(let body):
                var values: [JSONValue] = []
                for argument in arguments { values.append(try await argument.resolved()) }
                return .json(try body(values))
            }
        }
    }

    private mutating func evaluate(_ operand: TemplateOperand, dot: TemplateValue) async throws -> TemplateValue {
        var value: TemplateValue
        switch operand.start {
        case .dot: value = dot
        case .literal(let json): value = .json(json)
        case .variable(let name): value = variables.last { $0.name == name }?.value ?? .missing
        case .pipeline(let pipeline): value = try await commands(of: pipeline, dot: dot)
        }
        for field in operand.fields {
            value = try await placed(at: field.position) { [value] in try await value.field(field.name) }
        }
        return value
    }

    private mutating func set(_ name: String, to value: TemplateValue, declaring: Bool) {
        if !declaring, let index = variables.lastIndex(where: { $0.name == name }) {
            variables[index].value = value
        } else {
            variables.append((name, value))
        }
    }

    /// Adds the position in the template to errors.
    private func placed<Result>(at position: Int, _ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let misuse as TemplateMisuse {
            throw TemplateError(position: position, problem: misuse.problem)
        }
    }
}
