internal import Concurrency
internal import HTTP
internal import OCI

/// A request to a registry, independent of its transport and authorization.
struct RegistryRequest: Sendable {
    enum Body: Sendable {
        case none
        case bytes([UInt8])
        /// A stream that can be opened again for another attempt.
        case stream(length: Int64, open: @Sendable () async throws -> any ByteStream)
    }

    var method: String
    /// An absolute URL, or a path that starts with `/v2/`.
    var target: String
    var headers: HTTPHeaders = [:]
    var body = Body.none
    /// The scopes that a token needs, the main one first.
    var scopes: [Scope] = []
    /// The path of the repository, for choosing credentials.
    var repository: String
    /// The operation, for messages: "cannot …".
    var attempt: String
    /// True for transferring a blob, which may take as long as bytes keep coming.
    var isTransfer = false
    /// True if its response may take as long as bytes keep arriving, although it is not a blob.
    var isLong = false
    /// The maximum duration of an attempt, unless it transfers a blob or is long.
    var timeLimit: Duration?
    /// True if it may be repeated after a temporary failure.
    var isRepeatable = true
    /// Called before another attempt: returns true if the failed attempt has achieved its purpose.
    var isDone: (@Sendable () async throws -> Bool)?

    var allowsRedirect: Bool { method == "GET" || method == "HEAD" }

    /// True for a request that writes content.
    var isWrite: Bool { ["PUT", "POST", "PATCH"].contains(method) }

    var isStream: Bool {
        if case .stream = body { true } else { false }
    }

    /// Thrown instead of a response when ``isDone`` returns true.
    struct WasDone: Error {}
}
