package import OCI

/// The names of builders and nodes.
package enum BuilderName {
    private static let maximumLength = 200

    /// The name in the form in which it is stored: in lower case.
    ///
    /// - Throws: ``ImageError`` if it is not a name by the rules of buildx.
    package static func validated(_ name: String, of kind: String = "builder") throws(ImageError) -> String {
        guard isValid(name), name.utf8.count <= maximumLength else {
            throw ImageError(
                .usage, "cannot name a \(kind) \"\(name)\"", "a name starts with a letter",
                advice: "use letters, digits, dots, dashes and underscores, at most \(maximumLength)")
        }
        return name.lowercased()
    }

    static func isValid(_ name: String) -> Bool {
        name.wholeMatch(of: /[a-zA-Z][a-zA-Z0-9._-]*/.asciiOnlyCharacterClasses()) != nil
    }

    /// A random name of an adjective and a person, as in buildx.
    ///
    /// - Parameter isTaken: Returns true for names that exist.
    package static func random(unless isTaken: (String) -> Bool) -> String {
        var generator = SystemRandomNumberGenerator()
        var name = ""
        for attempt in 0... {
            let (adjective, person) = (
                adjectives.randomElement(using: &generator), people.randomElement(using: &generator)
            )
            name = "\(adjective ?? "new")_\(person ?? "builder")"
            // Like docker, number names when they become scarce.
            if attempt > 5 { name += "\(Int.random(in: 0..<(10 * attempt), using: &generator))" }
            if !isTaken(name) { break }
        }
        return name
    }

    private static let adjectives = [
        "admiring", "agitated", "amazing", "awesome", "bold", "brave", "busy", "charming", "clever", "compassionate",
        "competent", "confident", "cool", "crazy", "dazzling", "determined", "eager", "ecstatic", "elastic", "elegant",
        "eloquent", "epic", "exciting", "fervent", "festive", "focused", "friendly", "funny", "gallant", "gifted",
        "goofy", "gracious", "great", "happy", "hopeful", "infallible", "inspiring", "intelligent", "jolly", "keen",
        "kind", "laughing", "loving", "lucid", "modest", "musing", "nifty", "nostalgic", "optimistic", "peaceful",
        "practical", "quirky", "recursing", "relaxed", "romantic", "serene", "sharp", "stoic", "sweet", "tender",
        "trusting", "upbeat", "vibrant", "vigilant", "wizardly", "wonderful", "youthful", "zealous", "zen",
    ]

    private static let people = [
        "agnesi", "allen", "antonelli", "archimedes", "austin", "babbage", "banach", "bardeen", "bartik", "bell",
        "bohr", "booth", "bose", "cannon", "carson", "cerf", "chandrasekhar", "cori", "cray", "curie", "darwin",
        "dijkstra", "easley", "einstein", "elion", "engelbart", "euclid", "euler", "fermat", "feynman", "franklin",
        "galileo", "goldberg", "goodall", "hamilton", "hawking", "hellman", "hertz", "hodgkin", "hopper", "hypatia",
        "jackson", "johnson", "kalam", "kare", "keller", "kepler", "knuth", "kowalevski", "lalande", "lamarr",
        "liskov", "lovelace", "margulis", "mayer", "mcclintock", "meitner", "mendel", "mirzakhani", "moser", "newton",
        "noether", "pare", "pascal", "pasteur", "perlman", "pike", "poincare", "raman", "ramanujan", "ride",
        "ritchie", "rosalind", "saha", "shannon", "shaw", "sinoussi", "spence", "swartz", "tesla", "thompson",
        "torvalds", "turing", "villani", "wiles", "wilson", "wing", "wright", "wu", "yalow", "yonath",
    ]
}
