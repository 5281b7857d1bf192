internal import ArgumentParser
internal import Glibc
internal import OCI
internal import Registry
internal import Terminal

/// `imgtool login`: checks and saves credentials.
struct LoginCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "login",
        abstract: "Check credentials for a registry, and save them where docker and podman find them.",
        discussion: "The password is read from stdin with --password-stdin, or else from a prompt on the terminal.")

    @Argument(help: ArgumentHelp("The registry; Docker Hub by default.", valueName: "registry"))
    var host: String = "docker.io"

    @Option(name: [.customShort("u"), .long], help: ArgumentHelp("The user name.", valueName: "name"))
    var username: String?

    @Flag(help: "Read the password from stdin.")
    var passwordStdin = false

    @OptionGroup var registry: RegistryFlags
    @OptionGroup var output: OutputFlags

    func run() async throws {
        let host = try RegistryName.parse(host)
        let user = try username ?? Prompt.ask("Username: ", hidden: false)
        let password = try passwordStdin ? Prompt.readAll() : Prompt.ask("Password: ", hidden: true)
        guard !user.isEmpty, !password.isEmpty else {
            throw ImageError(.usage, "cannot log in to \(host)", "the user name or the password is empty")
        }
        let credential = Credential.password(user: user, password: password)
        let session = try Session(registry, output)
        let location = try await session.run {
            try await session.stores.registries(with: credential).checkLogin(to: host)
            return try await CredentialStore(StoreDirectory.locations).save(credential, host: host)
        }
        if !output.quiet { StandardError.write(line: "logged in to \(host) as \(user); kept in \(location)") }
    }
}

/// `imgtool logout`: removes saved credentials.
struct LogoutCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logout", abstract: "Remove the saved credentials for a registry.")

    @Argument(help: ArgumentHelp("The registry; Docker Hub by default.", valueName: "registry"))
    var host: String = "docker.io"

    @OptionGroup var output: OutputFlags

    func run() async throws {
        let host = try RegistryName.parse(host)
        let wasThere = try await CredentialStore(StoreDirectory.locations).erase(host: host)
        if !output.quiet {
            StandardError.write(line: wasThere ? "logged out of \(host)" : "there were no credentials for \(host)")
        }
    }
}

/// A registry by itself, such as `localhost:5000`.
enum RegistryName {
    static func parse(_ text: String) throws(ImageError) -> String {
        var name = Substring(text)
        for scheme in ["https://", "http://"] where name.hasPrefix(scheme) { name = name.dropFirst(scheme.count) }
        if name.last == "/" { name.removeLast() }
        let isHost = name.contains(".") || name.contains(":") || name == "localhost"
        guard isHost, !name.contains("/"),
            case .repository(let repository) = try Reference(parsing: "\(name)/x").location
        else {
            throw ImageError(
                .usage, "cannot use \"\(text)\" as a registry", "it is not a host name",
                advice: "write it as in registry.example or localhost:5000")
        }
        return repository.host
    }
}

/// Interactive prompts.
enum Prompt {
    private static let limit = 64 << 10

    /// Reads all of stdin, without the newline at its end.
    static func readAll() throws(ImageError) -> String {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(STDIN_FILENO, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += buffer[..<count]
            guard bytes.count <= limit else { throw ImageError(.usage, "cannot read the password", "it is too long") }
        }
        while bytes.last == UInt8(ascii: "\n") || bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Prompts on the terminal.
    static func ask(_ question: String, hidden: Bool) throws(ImageError) -> String {
        guard isatty(STDIN_FILENO) == 1 else {
            throw ImageError(
                .usage, "cannot ask for the \(hidden ? "password" : "user name")", "stdin is not a terminal",
                advice: "use --username and --password-stdin")
        }
        var terminal = termios()
        tcgetattr(STDIN_FILENO, &terminal)
        let before = terminal
        DescriptorWriter.write(Array(question.utf8), to: STDERR_FILENO)
        if hidden { terminal.c_lflag &= ~tcflag_t(ECHO) }
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &terminal)
        let answer = Interruption.immediate(restoring: {
            var before = before
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &before)
        }) {
            readLine() ?? ""
        }
        if hidden { StandardError.write(line: "") }
        return answer
    }
}
