package import GRPC

/// Something that a daemon may ask for during a build.
package protocol SessionService: Sendable {
    /// The calls that it answers, as in `/package.Service/Method`.
    var methods: [String] { get }

    /// Answers a call. Its error becomes the status of the call.
    func answer(_ request: GRPCRequest) async throws
}
