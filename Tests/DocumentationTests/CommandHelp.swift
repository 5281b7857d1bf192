import TestKit

/// What the program says about its own commands.
enum CommandHelp {
    static let names: Set<String> = [
        "inspect", "create", "copy", "push", "pull", "tags", "digest", "manifest", "blob", "delete", "login", "logout",
        "get", "put", "merge", "remove", "annotate", "diff", "verify", "referrers", "platform", "info", "ls",
        "store", "rm", "gc", "check", "du", "build", "prune", "edit", "cat", "export", "sync", "repositories",
        "artifact",
        "rate-limit", "builder", "use", "stop",
    ]

    /// The commands that do something, each as its words.
    static let all: [[String]] = [
        ["inspect"], ["create"], ["copy"], ["push"], ["pull"], ["tags"], ["digest"], ["manifest", "get"],
        ["manifest", "put"], ["blob", "get"], ["delete"], ["login"], ["logout"], ["merge"],
        ["remove"], ["annotate"], ["edit"], ["ls"], ["cat"], ["export"], ["sync"], ["repositories"],
        ["artifact", "put"], ["artifact", "get"], ["rate-limit"], ["blob", "put"], ["diff"], ["verify"], ["referrers"],
        ["platform", "info"], ["platform", "ls"],
        ["manifest", "create"], ["manifest", "annotate"], ["manifest", "inspect"], ["manifest", "push"],
        ["manifest", "rm"], ["manifest", "ls"],
        ["store", "ls"], ["store", "rm"], ["store", "gc"], ["store", "check"], ["store", "du"], ["build"],
        ["build", "du"], ["build", "prune"], ["builder", "create"], ["builder", "ls"], ["builder", "use"],
        ["builder", "inspect"], ["builder", "stop"], ["builder", "rm"], ["builder", "du"], ["builder", "prune"],
    ]

    static func text(of command: [String]) async throws -> String {
        try await Tool.imgtool.output(arguments: command + ["--help"])
    }

    /// The long names of the flags in a text.
    static func flags(in text: String) -> Set<String> {
        Set(text.matches(of: /(?:^|[^\w\-])(--[a-z][a-z\-]+[a-z])/).map { String($0.1) })
    }
}
