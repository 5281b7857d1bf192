/// The variables that the instructions of a stage have, as they are carried out one after the other ("Scope" and "Using
/// ARG variables").
///
/// ARG and ENV write into one environment, and the one that came last counts: that is what Docker's builder does,
/// although the reference lets ENV always win. An image keeps only what ENV wrote; a stage on top of another one starts
/// with the other's variables, those of ENV written once more.
package struct StageScope: Hashable, Sendable {
    /// What words are expanded with and what RUN sees.
    package private(set) var environment = Environment()
    /// What the image's configuration keeps.
    package private(set) var imageEnvironment: Environment
    /// What ARG has declared, the inherited ones first; each name once, in its first place and its last form.
    package private(set) var arguments: [Argument] = []
    private var argumentPlaces: [String: Int] = [:]
    package let globals: GlobalScope

    /// The `PATH` of an image that says nothing of it.
    package static let defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

    /// A variable that ARG has declared.
    package struct Argument: Hashable, Sendable {
        package let name: String
        /// What ARG made of it; `nil` when nobody gave it a value.
        package let value: String?
        /// The variables that its default has looked up.
        package let used: Set<String>
    }

    /// The scope of a stage on an image.
    ///
    /// - Parameter imageEnvironment: What the image's configuration has, nothing for `scratch`. A `PATH` is added when
    ///   it is not Windows and has none.
    package init(image imageEnvironment: Environment, globals: GlobalScope, isWindows: Bool = false) {
        self.globals = globals
        self.imageEnvironment = imageEnvironment
        if !isWindows, imageEnvironment["PATH"] == nil { self.imageEnvironment["PATH"] = Self.defaultPath }
        environment = self.imageEnvironment
        environment.meter = globals.environment.meter
    }

    /// The scope of a stage on another stage, which has been carried out.
    package init(inheriting parent: StageScope) {
        self = parent
        for name in imageEnvironment.names where environment[name] != imageEnvironment[name] {
            environment[name] = imageEnvironment[name]
        }
    }

    /// Carries out ARG. Each variable may use those before it.
    ///
    /// A variable has the value that was given with `--build-arg`, else its default here, else the one that it has
    /// globally; a default here wins over a predefined value.
    ///
    /// - Throws: ``DockerfileError`` for a default that cannot be expanded; one that is not needed is not.
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
            if let index = argumentPlaces[name] {
                arguments[index] = argument
            } else {
                argumentPlaces[name] = arguments.count
                arguments.append(argument)
            }
            declared.append(argument)
        }
        return declared
    }

    /// Carries out ENV. All its words are expanded with the variables before it.
    ///
    /// - Returns: The names with their values, in their order.
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

    /// Carries out ARG and ENV; other instructions change nothing here.
    ///
    /// - Throws: ``DockerfileError``.
    package mutating func apply(_ instruction: Instruction) throws(DockerfileError) {
        switch instruction.content {
        case .arg(let declarations): try declare(declarations)
        case .env(let pairs): try set(pairs)
        default: break
        }
    }

    /// `NAME=value` of what ARG has declared, for the history of RUN. Where ENV has overwritten it, that is its value.
    package var argumentList: [String] {
        arguments.map { "\($0.name)=\(environment[$0.name] ?? $0.value ?? "")" }
    }
}
