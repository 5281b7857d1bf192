internal import CTLS
package import GRPC

/// The key pair (Ed25519) by which a daemon recognises who has fetched a token.
package struct TokenAuthority {
    private let seed: [UInt8]

    /// - Parameters:
    ///   - secret: The secret of this machine for a host.
    ///   - salt: The daemon's own.
    /// - Throws: ``GRPCStatus``.
    package init(_ secret: [UInt8], _ salt: [UInt8]) throws(GRPCStatus) {
        var seed = [UInt8](repeating: 0, count: 32)
        guard ctls_hmac_sha256(salt, salt.count, secret, secret.count, &seed) == 1 else { throw Self.failure }
        self.seed = seed
    }

    package var publicKey: [UInt8] {
        get throws(GRPCStatus) {
            var key = [UInt8](repeating: 0, count: 32)
            guard ctls_ed25519_public_key(seed, &key) == 1 else { throw Self.failure }
            return key
        }
    }

    /// A signature, followed by the message.
    package func signed(_ message: [UInt8]) throws(GRPCStatus) -> [UInt8] {
        var signature = [UInt8](repeating: 0, count: 64)
        guard ctls_ed25519_sign(seed, message, message.count, &signature) == 1 else { throw Self.failure }
        return signature + message
    }

    private static let failure = GRPCStatus(.internal, "nothing can be signed here")
}
