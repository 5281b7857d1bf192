internal import Concurrency
internal import GRPC

extension BuildKitClient {
    /// The maximum silence of Status after the build, since it does not always end by itself.
    private static let statusPatience = Duration.seconds(5)
    /// The silence after which the daemon is asked for a sign of life, and the time that it has for that. A daemon
    /// asks for the health of a session every five seconds.
    private static let silenceLimit = Duration.seconds(6)
    private static let answerLimit = Duration.seconds(4)

    private enum Event: Sendable {
        case solved([String: String])
        case statusEnded
    }

    /// Runs a build to its end. Cancelling the task stops it within the daemon.
    ///
    /// - Parameters:
    ///   - session: What the daemon may ask for meanwhile.
    ///   - observer: Called with the changes of the build's steps, in order.
    /// - Returns: What the exporters say of their results, as in `containerimage.digest`.
    /// - Throws: ``BuildKitError``; `CancellationError`.
    package func build(
        _ request: SolveRequest, session: BuildSession, observer: @escaping @Sendable (StatusUpdate) async -> Void
    ) async throws -> [String: String] {
        var request = request
        request.session = Self.randomID()
        if request.id.isEmpty { request.id = Self.randomID() }
        let final = request
        return try await BuildKitError.translating {
            try await withThrowingTaskGroup(of: Event.self) { group in
                group.addTask {
                    let reason = try await session.serve(calls, id: final.session)
                    throw GRPCStatus(.unavailable, "the session has ended before the build; \(reason)")
                }
                group.addTask { try await watch() }
                let heard = Guarded(ContinuousClock.now)
                group.addTask {
                    await status(of: final.id, heard, observer)
                    return .statusEnded
                }
                group.addTask {
                    .solved(try await calls.ask(Self.service + "Solve", final, for: SolveResponse.self).values)
                }
                defer { group.cancelAll() }
                return try await wait(for: &group, heard)
            }
        }
    }

    /// Waits until the build has ended and the observer knows all about it.
    private func wait(
        for group: inout ThrowingTaskGroup<Event, any Error>, _ heard: Guarded<ContinuousClock.Instant>
    ) async throws -> [String: String] {
        var isStatusOver = false
        var result: Result<[String: String], any Error>?
        while true {
            switch await group.nextResult() {
            case .success(.statusEnded): isStatusOver = true
            case .success(.solved(let values)): result = result ?? .success(values)
            case .failure(let error): if result == nil { result = .failure(error) }
            case nil: throw CancellationError()
            }
            guard let result else { continue }
            if isStatusOver || Task.isCancelled || isConnectionLoss(result) { return try result.get() }
            heard.withLock { $0 = .now }
            group.addTask {
                while true {
                    let rest = Self.statusPatience - heard.withLock { $0.duration(to: .now) }
                    if rest <= .zero { return .statusEnded }
                    try await Task.sleep(for: rest)
                }
            }
        }
    }

    private func isConnectionLoss(_ result: Result<[String: String], any Error>) -> Bool {
        if case .failure(let error as GRPCStatus) = result { error.code == .unavailable } else { false }
    }

    private func status(
        of id: String, _ heard: Guarded<ContinuousClock.Instant>,
        _ observer: @Sendable (StatusUpdate) async -> Void
    ) async {
        // What it fails with is of no interest: the build itself says how it ends.
        try? await calls.ask(Self.service + "Status", StatusRequest(id: id), for: StatusUpdate.self) { update in
            heard.withLock { $0 = .now }
            await observer(update)
        }
    }

    /// Ends with an error when the daemon, or the way to it, has gone silent.
    private func watch() async throws -> Event {
        while true {
            try await Task.sleep(for: .seconds(1))
            guard calls.connection.silence >= Self.silenceLimit else { continue }
            calls.connection.ping()
            let asked = ContinuousClock.now
            while calls.connection.silence >= asked.duration(to: .now) {
                guard asked.duration(to: .now) < Self.answerLimit else {
                    let seconds = calls.connection.silence.components.seconds
                    throw GRPCStatus(.unavailable, "the daemon has not answered for \(seconds) seconds")
                }
                try await Task.sleep(for: .milliseconds(250))
            }
        }
    }

    /// 25 letters and digits, as ids of BuildKit have by habit.
    private static func randomID() -> String {
        let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789")
        return String((0..<25).map { _ in letters[Int.random(in: letters.indices)] })
    }
}

/// The request of Control/Status.
struct StatusRequest: ProtobufMessage {
    var id = ""

    mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        if field.number == 1 { id = try field.string }
    }

    func write(to writer: inout ProtobufWriter) { writer.put(1, id) }
}
