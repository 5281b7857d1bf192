internal import ArgumentParser
internal import ImageLayout
internal import ImageTools
internal import OCI
internal import Terminal

extension ManifestCommand {
    /// `imgtool manifest create`.
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create", abstract: "Create a list of images on this machine, to be pushed later.",
            discussion: """
                Images may be in registries, layouts, archives or the local store; one that is not in its registry is \
                taken from the store. An index contributes its entries.
                """)

        @Argument(help: ArgumentHelp("The name of the list.", valueName: "list"))
        var list: String

        @Argument(help: ArgumentHelp("The images, in order.", valueName: "image"))
        var images: [String]

        @Flag(
            name: [.customShort("a"), .long], help: "Add to the list if it exists; images already in it are updated.")
        var amend = false

        @OptionGroup(title: "Registry options") var registry: RegistryFlags
        @OptionGroup(title: "Output options") var output: OutputFlags

        func run() async throws {
            let name = try ListStorage.name(list)
            let images = try images.map { text throws(ImageError) in try Reference(parsing: text).absolute() }
            let session = try Session(registry, output)
            try await session.run {
                let storage = ListStorage(session)
                var known = try storage.list(name)
                guard amend || known == nil else {
                    throw ImageError(
                        .usage, "cannot create the list \(name)", "it exists",
                        advice: "add to it with --amend, or remove it with imgtool manifest rm")
                }
                let made = try await ManifestList(of: images, in: session.stores)
                try known?.add(made)
                try await storage.put(known ?? made, name)
            }
            try StandardOutput.write(line: "Created manifest list \(name)")
        }
    }

    /// `imgtool manifest annotate`.
    struct Annotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "annotate", abstract: "Change the platform of an image in a list.")

        @Argument(help: ArgumentHelp("The list.", valueName: "list"))
        var list: String

        @Argument(help: ArgumentHelp("The image, as given to create, or by its digest.", valueName: "image"))
        var image: String

        @OptionGroup var change: PlatformChangeFlags

        @OptionGroup(title: "Registry options") var registry: RegistryFlags
        @OptionGroup(title: "Output options") var output: OutputFlags

        func run() async throws {
            let name = try ListStorage.name(list)
            let image = try Reference(parsing: image).absolute()
            // Scripts pass variables that may be empty, which means unchanged here.
            let change = try change.change(ignoringEmpty: true)
            let session = try Session(registry, output)
            try await session.run {
                let storage = ListStorage(session)
                var list = try storage.existing(name)
                try list.annotate(image, change, of: name.description)
                try await storage.put(list, name)
            }
        }
    }

    /// `imgtool manifest push`.
    struct Push: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "push", abstract: "Push a list with all of its images. Prints its digest.")

        @Argument(help: ArgumentHelp("The list.", valueName: "list"))
        var list: String

        @Flag(name: [.customShort("p"), .long], help: "Remove the list from this machine afterwards.")
        var purge = false

        @OptionGroup(title: "Registry options") var registry: RegistryFlags
        @OptionGroup(title: "Output options") var output: OutputFlags

        func run() async throws {
            let name = try ListStorage.name(list)
            let session = try Session(registry, output)
            let digest = try await session.run {
                let storage = ListStorage(session)
                let list = try storage.existing(name)
                try await list.push(
                    to: name, in: session.stores, observer: session.observer)
                if purge { _ = try await storage.remove(name) }
                return list.content.digest
            }
            try StandardOutput.write(line: digest.description)
        }
    }

    /// `imgtool manifest rm`.
    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rm", abstract: "Remove lists from this machine.")

        @Argument(help: ArgumentHelp("The lists.", valueName: "list"))
        var lists: [String]

        @OptionGroup(title: "Registry options") var registry: RegistryFlags
        @OptionGroup(title: "Output options") var output: OutputFlags

        func run() async throws {
            let names = try lists.map { text throws(ImageError) in try ListStorage.name(text) }
            let session = try Session(registry, output)
            let unknown = try await session.run {
                let storage = ListStorage(session)
                var unknown: [String] = []
                for name in names where try await !storage.remove(name) { unknown.append(name.description) }
                return unknown
            }
            guard unknown.isEmpty else {
                throw ImageError(
                    .notFound, "cannot remove the list \(unknown.joined(separator: ", "))",
                    "there is no list of that name")
            }
        }
    }

    /// `imgtool manifest ls`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ls", abstract: "Show the lists on this machine, with their digests and platforms.")

        @OptionGroup(title: "Registry options") var registry: RegistryFlags
        @OptionGroup(title: "Output options") var output: OutputFlags

        func run() async throws {
            let lists = try ListStorage(Session(registry, output)).all()
            if lists.isEmpty { return }
            var table = TextTable([.init("NAME"), .init("DIGEST"), .init("PLATFORMS")])
            for list in lists {
                let platforms = try list.content.index().manifests.compactMap { $0.imagePlatform?.fullDescription }
                table.append([list.name, list.content.digest.short, platforms.joined(separator: ", ")])
            }
            try StandardOutput.write(table.text)
        }
    }
}
