internal import JSON

/// A function that a template can call.
struct TemplateFunction: Sendable {
    enum Body: Sendable {
        /// Evaluates arguments one by one up to the first that is true (`or`) or false (`and`), and returns that or the
        /// last one.
        case firstThat(isTrue: Bool)
        /// Takes arguments unevaluated.
        case values(@Sendable ([TemplateValue]) async throws -> TemplateValue)
        /// Takes arguments fully evaluated.
        case json(@Sendable ([JSONValue]) throws(TemplateMisuse) -> JSONValue)
    }

    let name: String
    /// The number of arguments.
    let arguments: ClosedRange<Int>
    let body: Body

    /// The number of arguments, for messages.
    var arity: String {
        let count = arguments.lowerBound
        let plural = count == 1 ? "argument" : "arguments"
        if arguments.upperBound == .max { return "at least \(count) \(plural)" }
        return arguments.count == 1 ? "\(count) \(plural)" : "\(count) to \(arguments.upperBound) arguments"
    }

    static func named(_ name: String) -> TemplateFunction? { byName[name] }

    /// The longest names first, because the nearest name to a misspelt one is more likely to have lost letters.
    static let names = byName.keys.sorted { ($1.count, $0) < ($0.count, $1) }

    private static let byName: [String: TemplateFunction] = {
        let all = general + comparisons + texts + escapes
        return Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
    }()

    init(_ name: String, _ arguments: ClosedRange<Int>, _ body: Body) {
        self.name = name
        self.arguments = arguments
        self.body = body
    }
}

extension TemplateFunction {
    private static let general = [
        TemplateFunction("and", 1...Int.max, .firstThat(isTrue: false)),
        TemplateFunction("or", 1...Int.max, .firstThat(isTrue: true)),
        TemplateFunction("not", 1...1, .values { .json(.bool(!(try await $0[0].isTrue()))) }),
        TemplateFunction("index", 1...Int.max, .values(index)),
        TemplateFunction("len", 1...1, .values(length)),
        TemplateFunction("json", 1...1, .json { .string($0[0].text(.shown)) }),
        TemplateFunction("print", 0...Int.max, .json { .string(GoText.printed($0)) }),
        TemplateFunction("println", 0...Int.max, .json { .string(GoText.printedLine($0)) }),
        TemplateFunction("printf", 1...Int.max, .json(formatted)),
        TemplateFunction("slice", 1...3, .json(slice)),
    ]

    @Sendable private static func index(_ arguments: [TemplateValue]) async throws -> TemplateValue {
        var value = arguments[0]
        for key in arguments.dropFirst() { value = try await value.element(try await key.resolved()) }
        return value
    }

    @Sendable private static func length(_ arguments: [TemplateValue]) async throws -> TemplateValue {
        .json(.integer(Int64(try await arguments[0].length())))
    }

    @Sendable private static func formatted(_ arguments: [JSONValue]) throws(TemplateMisuse) -> JSONValue {
        guard let format = arguments[0].string else {
            throw TemplateMisuse(problem: "the first argument of printf is a format, as in \"%s\\n\"")
        }
        return .string(GoFormat.text(format, Array(arguments.dropFirst())))
    }

    /// `slice x from to`: a part of an array, or of a string by its bytes.
    @Sendable private static func slice(_ arguments: [JSONValue]) throws(TemplateMisuse) -> JSONValue {
        func part<Element>(of whole: [Element]) throws(TemplateMisuse) -> [Element] {
            var bounds = [0, whole.count]
            for (index, argument) in arguments.dropFirst().enumerated() {
                guard let bound = argument.integer else {
                    throw TemplateMisuse(problem: "slice is given whole numbers for what to slice")
                }
                bounds[index] = Int(bound)
            }
            guard 0 <= bounds[0], bounds[0] <= bounds[1], bounds[1] <= whole.count else {
                throw TemplateMisuse(problem: "there is no slice \(bounds[0]):\(bounds[1]) of \(whole.count)")
            }
            return Array(whole[bounds[0]..<bounds[1]])
        }
        switch arguments[0] {
        case .array(let elements): return .array(try part(of: elements))
        case .string(let text): return .string(String(decoding: try part(of: Array(text.utf8)), as: UTF8.self))
        case .null: return .null
        case let other: throw TemplateMisuse(problem: "\(TemplateValue.json(other).kind) cannot be sliced")
        }
    }
}
