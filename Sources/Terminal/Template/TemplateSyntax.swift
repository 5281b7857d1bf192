internal import JSON

/// What a template consists of after it was read.
indirect enum TemplateNode: Sendable {
    case text(String)
    case action(TemplatePipeline)
    case condition(TemplatePipeline, then: [TemplateNode], else: [TemplateNode])
    case with(TemplatePipeline, then: [TemplateNode], else: [TemplateNode])
    case range(TemplatePipeline, each: [TemplateNode], else: [TemplateNode])
    case leave, next
}

/// Commands, each of which gets the result of the one before as its last argument.
struct TemplatePipeline: Sendable {
    /// Variables that take the result, with their dollar signs.
    var variables: [String] = []
    /// Whether the variables are new (`:=`) or exist (`=`).
    var declares = false
    var commands: [TemplateCommand] = []
    let position: Int
}

/// A value, or a function with its arguments.
enum TemplateCommand: Sendable {
    case value(TemplateOperand)
    case call(TemplateFunction, [TemplateOperand], position: Int)
}

/// One value of a command, with the fields that are asked of it.
struct TemplateOperand: Sendable {
    enum Start: Sendable {
        case dot
        case variable(String)
        case literal(JSONValue)
        case pipeline(TemplatePipeline)
    }

    /// A name after a dot.
    struct Field: Sendable {
        let name: String
        let position: Int
    }

    let start: Start
    var fields: [Field] = []
    let position: Int
}
