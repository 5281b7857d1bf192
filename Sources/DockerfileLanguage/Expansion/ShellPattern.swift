/// A pattern of a substitution: `*` for any text, `?` for any letter, `\` before one of these makes it itself. Brackets
/// mean nothing.
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

    /// - Throws: When `\` stands before anything but `*`, `?`, `\`, or what ends a part of a substitution.
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

    /// The pattern that matches what this one matches, read from behind.
    var reversed: ShellPattern { ShellPattern(tokens: tokens.reversed()) }

    /// How many letters from `start` on the pattern matches; `nil` when it does not match there.
    func prefixLength(of value: [Unicode.Scalar], from start: Int = 0, longest: Bool) -> Int? {
        var states = Array(repeating: false, count: tokens.count + 1)
        states[0] = true
        passStars(&states)
        var length = states[tokens.count] ? 0 : nil
        for index in start..<max(start, value.count) {
            if !longest, length != nil { break }
            var following = Array(repeating: false, count: states.count)
            for (state, token) in tokens.enumerated() where states[state] {
                switch token {
                case .anyText: following[state] = true
                case .anyScalar: following[state + 1] = true
                case .scalar(let scalar): if scalar == value[index] { following[state + 1] = true }
                }
            }
            passStars(&following)
            guard following.contains(true) else { break }
            states = following
            if states[tokens.count] { length = index + 1 - start }
        }
        return length
    }

    /// A star may also match nothing.
    private func passStars(_ states: inout [Bool]) {
        for (state, token) in tokens.enumerated() where states[state] && token == .anyText { states[state + 1] = true }
    }

    /// Puts the replacement where the pattern matches, each time as much as it can.
    func replacing(in value: [Unicode.Scalar], with replacement: [Unicode.Scalar], all: Bool) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        var index = 0
        var lastEnd: Int?
        while index <= value.count {
            if let length = prefixLength(of: value, from: index, longest: true), length > 0 || lastEnd != index {
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
