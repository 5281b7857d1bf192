extension StringProtocol {
    /// The text on one line without terminal control characters, for a server's text.
    var onOneLine: String {
        String(map { $0.unicodeScalars.contains { $0.properties.generalCategory == .control } ? " " : $0 })
    }
}
