/// A pattern of a substitution: `*` matches any text, `?` any letter, and `\` escapes these and itself. Brackets are
/// literal.
struct ShellPattern {
    private enum Token: Equatable {
        case anyText
        case anyScalar
        case scalar(Unicode.Scalar)
    }

    private let tokens: [Token]

    private init(tokens: [Token]) {
        self.tokens = tokens
    }

    /// - Throws: ``ShellSyntaxError`` if `\` precedes anything but `*`, `?`, `\`, or the letter that ends a part of a
    ///   substitution.
    init(_ text: ArraySlice<Unicode.Scalar>) throws(ShellSyntaxError) {
        var tokens: [Token] = []
        var rest = text
        while let scalar = rest.popFirst() {
            switch scalar {
            case "*": tokens.append(.anyText)
            case "?": tokens.append(.anyScalar)
            case "\\":
                guard let escaped = rest.popFirst(), "*?\\}/".unicodeScalars.contains(escaped) else {
                    throw ShellSyntaxError(
                        reason: "the pattern \"\(Array(text).string)\" escapes what needs no escape",
                        advice: "only *, ?, \\, } and / can be escaped in a pattern")
                }
                tokens.append(.scalar(escaped))
            default: tokens.append(.scalar(scalar))
            }
        }
        self.tokens = tokens
    }

    /// The pattern for the reversed text.
    var reversed: ShellPattern { ShellPattern(tokens: tokens.reversed()) }

    /// The number of letters matched at `start`; `nil` if the pattern does not match there.
    ///
    /// - Parameter meter: Counts the work.
    /// - Throws: ``ShellSyntaxError`` if there is too much work.
    func prefixLength(
        of value: [Unicode.Scalar], from start: Int = 0, longest: Bool, on meter: ExpansionMeter?
    ) throws(ShellSyntaxError) -> Int? {
        var states: [Int] = []
        enter(0, &states)
        var length = states.last == tokens.count ? 0 : nil
        var work = 0
        for index in start..<max(start, value.count) {
            if !longest, length != nil { break }
            var following: [Int] = []
            for state in states where state < tokens.count {
                switch tokens[state] {
                case .anyText: enter(state, &following)
                case .anyScalar: enter(state + 1, &following)
                case .scalar(let scalar): if scalar == value[index] { enter(state + 1, &following) }
                }
            }
            work += states.count
            if following.isEmpty { break }
            states = following
            if states.last == tokens.count { length = index + 1 - start }
            if work > 4096 {
                try meter?.charge(work)
                work = 0
            }
        }
        try meter?.charge(work)
        return length
    }

    /// Enters a state and those after it, since a star may match nothing. States stay in order and unique: only states
    /// after the last one are entered.
    private func enter(_ first: Int, _ states: inout [Int]) {
        var state = first
        while true {
            if states.last.map({ $0 < state }) ?? true { states.append(state) }
            guard state < tokens.count, tokens[state] == .anyText else { return }
            state += 1
        }
    }

    /// Replaces matches of the pattern, each as long as possible.
    ///
    /// - Parameter grow: Called with the number of letters of a replacement before it is inserted.
    func replacing(
        in value: [Unicode.Scalar], with replacement: [Unicode.Scalar], all: Bool, on meter: ExpansionMeter?,
        _ grow: (Int) throws(ShellSyntaxError) -> Void
    ) throws(ShellSyntaxError) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        var index = 0
        var lastEnd: Int?
        while index <= value.count {
            if let length = try prefixLength(of: value, from: index, longest: true, on: meter),
                length > 0 || lastEnd != index
            {
                try grow(replacement.count)
                result += replacement
                index += length
                lastEnd = index
                if !all { break }
                if length > 0 { continue }
            }
            if index < value.count { result.append(value[index]) }
            index += 1
        }
        if index < value.count { result += value[index...] }
        return result
    }
}
