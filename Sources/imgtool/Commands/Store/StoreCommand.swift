internal import ArgumentParser
internal import ImageLayout
internal import OCI
internal import Terminal

/// `imgtool store`: the local store as a whole.
struct StoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "store", abstract: "List, remove, collect and check images in the local store.",
        discussion: """
            The store is the OCI image layout $IMGTOOL_STORE, else imgtool/images in $XDG_DATA_HOME or ~/.local/share. \
            All other commands accept it as store:NAME[:TAG].
            """,
        subcommands: [List.self, Remove.self, Collect.self, Check.self, Usage.self])

    /// The local store, with notices while waiting.
    static func open(_ output: OutputFlags) -> (store: LocalStore, progress: ProgressView) {
        let progress = ProgressView(output.mode)
        return (StoreDirectory.local { progress.note($0) }, progress)
    }
}

/// Numbers with nouns.
enum CountText {
    static func text(_ count: Int, _ word: String) -> String { count == 1 ? "1 \(word)" : "\(count) \(word)s" }
}
