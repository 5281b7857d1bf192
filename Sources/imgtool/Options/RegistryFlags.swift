internal import ArgumentParser
internal import FileSystem
internal import OCI
internal import Registry

/// The flags for accessing registries.
struct RegistryFlags: ParsableArguments {
    @Flag(help: "Talk to registries without TLS. Loopback addresses need no flag.")
    var plainHttp = false

    @Flag(help: "Accept any certificate, and registries without TLS.")
    var insecure = false

    @Option(help: ArgumentHelp("Trust the certificate authorities in FILE, too.", valueName: "file"))
    var caFile: String?

    @Option(
        name: .customLong("cert-file"), help: ArgumentHelp("Show the client certificate in FILE.", valueName: "file"))
    var certificateFile: String?

    @Option(name: .customLong("key-file"), help: ArgumentHelp("The key of the client certificate.", valueName: "file"))
    var keyFile: String?

    @Option(
        name: .customLong("cert-dir"),
        help: ArgumentHelp("Look in DIR/HOST for certificates, as in certs.d.", valueName: "dir"))
    var certificateFolder: String?

    @Option(help: ArgumentHelp("How often a request is sent at most.", valueName: "n"))
    var attempts: String = "\(RetryPolicy().attempts)"

    @Option(help: ArgumentHelp("How long a request is repeated at most, as in 500ms, 3s or 2m.", valueName: "duration"))
    var retryTime: String = "60s"

    func validate() throws {
        guard let attempts = Int(attempts), attempts > 0 else {
            throw ValidationError("--attempts is a number from 1 on.")
        }
        guard (certificateFile == nil) == (keyFile == nil) else {
            throw ValidationError("--cert-file and --key-file go together.")
        }
    }

    /// - Throws: ``ImageError`` if a file cannot be read or a value is malformed.
    func options() throws -> RegistryOptions {
        var options = RegistryOptions()
        options.plainHTTP = plainHttp
        options.insecure = insecure
        options.clientCertificate = certificateFile
        options.clientKey = keyFile
        options.retry.attempts = Int(attempts) ?? options.retry.attempts
        options.retry.total = try DurationText.parse(retryTime, for: "--retry-time")
        if let caFile {
            options.authorities = try InputFile.read(caFile, for: "--ca-file")
        }
        for file in [certificateFile, keyFile].compactMap({ $0 }) {
            _ = try InputFile.read(file, for: "the client certificate")
        }
        return options
    }
}

/// A file named on the command line.
enum InputFile {
    private static let limit = 16 << 20

    /// - Throws: ``ImageError``; of code `usage` if the file does not exist.
    static func read(_ path: String, for purpose: String) throws(ImageError) -> [UInt8] {
        do {
            return try File.read(path, limit: limit)
        } catch {
            throw ImageError(error.isMissing ? .usage : .failed, "cannot read \(path) for \(purpose)", error.reason)
        }
    }
}

/// Durations on the command line: `500ms`, `3s`, `2m`, `1h30m`, `7d`; a bare number is seconds.
enum DurationText {
    private static let units: [Substring: Double] = ["ms": 0.001, "s": 1, "": 1, "m": 60, "h": 3600, "d": 86400]
    /// In milliseconds; about three thousand years.
    private static let longest = 1e14

    static func parse(_ text: String, for flag: String) throws(ImageError) -> Duration {
        func isDigit(_ character: Character) -> Bool { character.isASCII && (character.isNumber || character == ".") }
        var rest = text[...]
        var milliseconds = 0.0
        repeat {
            let digits = rest.prefix(while: isDigit)
            let unit = rest[digits.endIndex...].prefix { !isDigit($0) }
            guard let number = Double(digits), let scale = units[unit], number < longest else {
                throw ImageError(
                    .usage, "cannot read \(flag) \(text)", "it is not a length of time",
                    advice: "write it as in 500ms, 3s or 2m")
            }
            milliseconds += number * scale * 1000
            rest = rest[unit.endIndex...]
        } while !rest.isEmpty
        return .milliseconds(Int(min(milliseconds, longest)))
    }
}
