internal import JSON

/// A node of a parsed template.
indirect enum TemplateNode: Sendable {
    case text(String)
    case action(TemplatePipeline)
    case condition(TemplatePipeline, then: [TemplateNode], else: [TemplateNode])
    case with(TemplatePipeline, then: [TemplateNode], else: [TemplateNode])
    case range(TemplatePipeline, each: [TemplateNode], else: [TemplateNode])
    case leave, next
    /// The template of this name, evaluated with a value or with nothing.
    case template(String, TemplatePipeline?, position: Int)
}

/// Commands, each of which gets the result of the previous one as its last argument.
struct TemplatePipeline: Sendable {
    /// The variables for the result, including the dollar signs.
    var variables: [String] = []
    /// True to declare the variables (`:=`), false to assign them (`=`).
    var declares = false
    var commands: [TemplateCommand] = []
    let position: Int
}

/// A value, or a function with its arguments.
enum TemplateCommand: Sendable {
    case value(TemplateOperand)
    case call(TemplateFunction, [TemplateOperand], position: Int)
}

/// A value in a command, with the fields to access on it.
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
