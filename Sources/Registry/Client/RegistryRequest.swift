internal import Concurrency
internal import HTTP
internal import OCI

/// One request to a registry, before it is known how to reach and to convince it.
struct RegistryRequest: Sendable {
    enum Body: Sendable {
        case none
        case bytes([UInt8])
        /// A stream that can be opened again, should the request have to be sent once more.
        case stream(length: Int64, open: @Sendable () async throws -> any ByteStream)
    }

    var method: String
    /// An absolute URL, or a path that starts with `/v2/`.
    var target: String
    var headers: HTTPHeaders = [:]
    var body = Body.none
    /// What a token has to allow, the main thing first.
    var scopes: [Scope] = []
    /// The repository's path, by which credentials are chosen.
    var repository: String
    /// What this is about, for messages: "cannot …".
    var attempt: String
    /// Whether it moves a blob, which may take as long as bytes keep coming.
    var isTransfer = false
    /// The most that one attempt may take, unless it moves a blob.
    var timeLimit: Duration?
    /// Whether it may be sent once more when it failed for a reason that may pass.
    var isRepeatable = true
    /// Tells before it is sent once more whether what it is for was done by the attempt that seemed to fail.
    var isDone: (@Sendable () async throws -> Bool)?

    var allowsRedirect: Bool { method == "GET" || method == "HEAD" }

    var isStream: Bool {
        if case .stream = body { true } else { false }
    }

    /// Is thrown instead of an answer when ``isDone`` says so.
    struct WasDone: Error {}
}
