internal import Concurrency
internal import Processes

/// Programs whose standard input and output are a connection to a daemon, such as `ssh` and `docker exec`.
package enum ProgramChannel {
    /// Runs a program, and `body` with its input and output as a channel. After that the program is ended.
    ///
    /// - Parameters:
    ///   - arguments: The program and its arguments. Other users can read them, so they must not hold secrets.
    ///   - environment: Variables to add to, or replace in, the environment of this process.
    /// - Throws: ``ProcessError`` if the program cannot be started; ``ChannelError`` with what it has written to its
    ///   standard error, if it has ended without a single byte; the error of `body`.
    package static func with<Result: Sendable>(
        _ arguments: [String], environment: [String: String] = [:],
        _ body: @escaping @Sendable (any ByteChannel) async throws -> Result
    ) async throws -> Result {
        let program = arguments.first ?? ""
        return try await converse(
            with: program, arguments: Array(arguments.dropFirst()), environment: environment
        ) { socket, errorOutput in
            let channel = SpokenChannel(try SocketChannel(adopting: socket), program, errorOutput)
            defer { channel.close() }
            return try await body(channel)
        }
    }
}

/// The channel of a program, which says why it has ended when it never spoke.
private final class SpokenChannel: ByteChannel {
    private let channel: SocketChannel
    private let program: String
    private let errorOutput: ErrorOutput
    private let hasSpoken = Guarded(false)

    init(_ channel: SocketChannel, _ program: String, _ errorOutput: ErrorOutput) {
        self.channel = channel
        self.program = program
        self.errorOutput = errorOutput
    }

    func read() async throws -> [UInt8]? {
        let bytes: [UInt8]?
        do {
            bytes = try await channel.read()
        } catch let error as ChannelError {
            if hasSpoken.withLock({ $0 }) { throw error }
            throw await silence()
        }
        if bytes == nil, !hasSpoken.withLock({ $0 }) { throw await silence() }
        hasSpoken.withLock { $0 = true }
        return bytes
    }

    func write(_ bytes: [UInt8]) async throws { try await channel.write(bytes) }
    func finish() async throws { try await channel.finish() }
    func close() { channel.close() }

    private func silence() async -> ChannelError {
        let text = await errorOutput.text()
        return ChannelError(text.isEmpty ? "\(program) ended without a word" : "\(program) says: \(text)")
    }
}
