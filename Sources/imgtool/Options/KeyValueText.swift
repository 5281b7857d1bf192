internal import OCI

/// `KEY=VALUE` on the command line.
enum KeyValueText {
    /// - Parameters:
    ///   - what: As in "the label".
    ///   - name: What stands before the equals sign.
    /// - Throws: ``ImageError`` of code `usage`.
    static func parse(
        _ text: String, _ what: String, _ name: String = "KEY"
    ) throws(ImageError) -> (key: String, value: String) {
        guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
            throw ImageError(
                .usage, "cannot read \(what) \"\(text)\"", "it is not \(name)=VALUE",
                advice: "write it as in \(name == "KEY" ? "org.example.key" : name)=value")
        }
        return (String(text[..<equals]), String(text[text.index(after: equals)...]))
    }
}
