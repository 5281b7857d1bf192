internal import ArgumentParser
internal import FileSystem
internal import OCI
internal import Registry
internal import Units

/// The flags for accessing registries.
struct RegistryFlags: ParsableArguments {
    @Flag(help: "Access registries without TLS. Loopback addresses need no flag.")
    var plainHttp = false

    @Flag(help: "Accept any certificate, and registries without TLS.")
    var insecure = false

    @Option(help: ArgumentHelp("Also trust the certificate authorities in FILE.", valueName: "file"))
    var caFile: String?

    @Option(
        name: .customLong("cert-file"), help: ArgumentHelp("Use the client certificate in FILE.", valueName: "file"))
    var certificateFile: String?

    @Option(name: .customLong("key-file"), help: ArgumentHelp("The key of the client certificate.", valueName: "file"))
    var keyFile: String?

    @Option(
        name: .customLong("cert-dir"),
        help: ArgumentHelp("Search DIR/HOST for certificates, as in certs.d.", valueName: "dir"))
    var certificateFolder: String?

    @Option(help: ArgumentHelp("The maximum number of attempts for a request.", valueName: "n"))
    var attempts: String = "\(RetryPolicy().attempts)"

    @Option(
        help: ArgumentHelp("The maximum time for repeating a request, such as 500ms, 3s or 2m.", valueName: "duration"))
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
    static func parse(_ text: String, for flag: String) throws(ImageError) -> Duration {
        guard let duration = Duration(parsing: text) else {
            throw ImageError(
                .usage, "cannot read \(flag) \(text)", "it is not a length of time",
                advice: "write it as in 500ms, 3s or 2m")
        }
        return duration
    }
}
