internal import ImageLayout
internal import OCI

extension StoreDirectory {
    /// An error about an image that is not to be had where its name says. When the local store has one of that name, the
    /// error says how it is called there.
    func explained(_ error: any Error) -> any Error {
        guard let error = error as? ImageError, ![.usage, .verification, .overtaken].contains(error.code),
            let name = locationsRead.lazy.compactMap({ self.storedName(of: $0, in: error.attempt) }).min()
        else { return error }
        let hint = "the local store has it as \(name)"
        return ImageError(
            error.code, error.attempt, error.reason, advice: error.advice.map { "\(hint); \($0)" } ?? hint)
    }

    /// What the local store calls the image of a place that a text is about; `nil` when it has none of that name.
    private func storedName(of location: Reference.Location, in text: String) -> String? {
        let repository: Repository
        switch location {
        case .repository(let named): repository = named
        case .layout(let path):
            // Where a layout was expected, a name in the store may have been meant.
            guard case .repository(let named)? = (try? Reference(parsing: path))?.location else { return nil }
            repository = named
        case .stored, .archive: return nil
        }
        let tags = (try? local.tags(of: repository)) ?? []
        let words = text.split(separator: " ")
        for (word, before) in zip(words, [""] + words) where word.hasPrefix(location.description) {
            // What is not in an image is no more in the store's.
            if before == "in" { continue }
            let part = word.dropFirst(location.description.count)
            if part.isEmpty || part == ":", !tags.isEmpty { return "store:\(repository.familiarName)" }
            guard part.first == ":" else { continue }
            let tag = part.dropFirst().prefix { $0 != "@" && $0 != ":" }
            guard tags.contains(String(tag)) else { continue }
            return "store:\(repository.familiarName)" + (tag == Reference.defaultTag ? "" : ":\(tag)")
        }
        return nil
    }
}
