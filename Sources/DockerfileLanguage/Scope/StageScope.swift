/// The variables available to the instructions of a stage, carried out in order ("Scope" and "Using ARG variables").
///
/// ARG and ENV write into one environment, and the last one wins: that is how Docker's builder works, although the
/// reference lets ENV always win. An image keeps only what ENV wrote; a stage on top of another one starts with the
/// other's variables, those of ENV written again.
package struct StageScope: Hashable, Sendable {
    /// The variables for expanding words and for RUN.
    package private(set) var environment = Environment()
    /// The variables in the image's configuration.
    package private(set) var imageEnvironment: Environment
    /// The variables declared by ARG, inherited ones first; each name once, with its first position and last value.
    package private(set) var arguments: [Argument] = []
    private var argumentIndexes: [String: Int] = [:]
    package let globals: GlobalScope

    /// The `PATH` for images that do not set one.
    package static let defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// A variable that ARG has declared.
    package struct Argument: Hashable, Sendable {
        package let name: String
        /// The value; `nil` if there is none.
        package let value: String?
        /// The variables that the default refers to.
        package let used: Set<String>
    }

    /// The scope of a stage based on an image.
    ///
    /// - Parameter imageEnvironment: The variables of the image's configuration; empty for `scratch`. A missing `PATH`
    ///   is added, except for Windows.
    package init(image imageEnvironment: Environment, globals: GlobalScope, isWindows: Bool = false) {
        self.globals = globals
        self.imageEnvironment = imageEnvironment
        if !isWindows, imageEnvironment["PATH"] == nil { self.imageEnvironment["PATH"] = Self.defaultPath }
        environment = self.imageEnvironment
        environment.meter = globals.environment.meter
    }

    /// The scope of a stage based on another stage, which has been carried out.
    package init(inheriting parent: StageScope) {
        self = parent
        for name in imageEnvironment.names where environment[name] != imageEnvironment[name] {
            environment[name] = imageEnvironment[name]
        }
    }

    /// Carries out ARG. Each variable may use those before it.
    ///
    /// A variable gets the value of `--build-arg`, or else its default here, or else its global value; a default here
    /// takes precedence over a predefined value.
    ///
    /// - Throws: ``DockerfileError`` for a default that is needed and cannot be expanded.
    @discardableResult
    package mutating func declare(_ declarations: [ArgumentDeclaration]) throws(DockerfileError) -> [Argument] {
        var declared: [Argument] = []
        for declaration in declarations {
            let name = declaration.name
            var value = globals.given.values[name]
            var used: Set<String> = []
            if value == nil, let fallback = declaration.fallback {
                let expansion = try fallback.expanded(in: environment)
                (value, used) = (expansion.text, expansion.used)
            } else if value == nil {
                value = globals.environment[name]
            }
            if let value { environment[name] = value }
            let argument = Argument(name: name, value: value, used: used)
            if let index = argumentIndexes[name] {
                arguments[index] = argument
            } else {
                argumentIndexes[name] = arguments.count
                arguments.append(argument)
            }
            declared.append(argument)
        }
        return declared
    }

    /// Carries out ENV. All its words are expanded with the variables set before it.
    ///
    /// - Returns: The names and values, in order.
    /// - Throws: ``DockerfileError``.
    @discardableResult
    package mutating func set(_ pairs: [KeyValue]) throws(DockerfileError) -> [(name: String, value: String)] {
        let expanded = try expand(pairs)
        for (name, value) in expanded {
            environment[name] = value
            imageEnvironment[name] = value
        }
        return expanded
    }

    /// Expands the names and values of ENV or LABEL.
    package func expand(_ pairs: [KeyValue]) throws(DockerfileError) -> [(name: String, value: String)] {
        var expanded: [(name: String, value: String)] = []
        expanded.reserveCapacity(pairs.count)
        for pair in pairs {
            expanded.append(
                (try pair.key.expanded(in: environment).text, try pair.value.expanded(in: environment).text))
        }
        return expanded
    }

    /// Carries out ARG and ENV; has no effect for other instructions.
    ///
    /// - Throws: ``DockerfileError``.
    package mutating func apply(_ instruction: Instruction) throws(DockerfileError) {
        switch instruction.content {
        case .arg(let declarations): try declare(declarations)
        case .env(let pairs): try set(pairs)
        default: break
        }
    }

    /// `NAME=value` for the variables declared by ARG, for the history of RUN. If ENV has overwritten one, that value
    /// counts.
    package var argumentList: [String] {
        arguments.map { "\($0.name)=\(environment[$0.name] ?? $0.value ?? "")" }
    }
}
