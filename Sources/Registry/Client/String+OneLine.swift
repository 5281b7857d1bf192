extension StringProtocol {
    /// Fit for one line of a terminal: what a server says shall not move the cursor.
    var onOneLine: String {
        String(map { $0.unicodeScalars.contains { $0.properties.generalCategory == .control } ? " " : $0 })
    }
}
