/// Why a text is no TOML document, and where.
struct TOMLError: Error, CustomStringConvertible {
    let description: String
}
