internal import ImageLayout
internal import OCI

extension StoreDirectory {
    /// Adds a hint to the error for a missing image if the local store has one of that name.
    func explained(_ error: any Error) -> any Error {
        guard let error = error as? ImageError, ![.usage, .verification, .overtaken].contains(error.code),
            let name = locationsRead.lazy.compactMap({ self.storedName(of: $0, in: error.attempt) }).min()
        else { return error }
        let hint = "the local store has it as \(name)"
        return ImageError(
            error.code, error.attempt, error.reason, advice: error.advice.map { "\(hint); \($0)" } ?? hint)
    }

    /// The reference in the local store for a location named in a text; `nil` if the store does not have that name.
    private func storedName(of location: Reference.Location, in text: String) -> String? {
        let repository: Repository
        switch location {
        case .repository(let named): repository = named
        case .layout(let path):
            // A name in the store may have been meant instead of a layout.
            guard case .repository(let named)? = (try? Reference(parsing: path))?.location else { return nil }
            repository = named
        default: return nil
        }
        let tags = (try? local.tags(of: repository)) ?? []
        let words = text.split(separator: " ")
        for (word, before) in zip(words, [""] + words) where word.hasPrefix(location.description) {
            // Content missing in an image would also be missing in the store's image.
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
