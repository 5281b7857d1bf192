internal import CTestKit
internal import Foundation
internal import JSON

/// Signs JSON Web Tokens (RFC 7519) with ES256, in the form that Distribution reads: the certificate comes along.
struct TokenSigner: Sendable {
    /// The certificate that a registry has to trust, as a PEM file.
    let certificate: String
    private let key: [CChar]
    private let header: JSONValue

    /// Makes a key and its certificate in a folder.
    init(in folder: TemporaryFolder) async throws {
        try await TestCertificates.make("token", in: folder)
        certificate = folder.file("token.crt")
        key = Array(try folder.text("token.key").utf8CString)
        let body = try folder.text("token.crt").split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined()
        header = ["typ": "JWT", "alg": "ES256", "x5c": [.string(body)]]
    }

    /// A signed token that says `claims`.
    func token(_ claims: JSONValue) throws -> String {
        let signed = "\(Self.encoded(header.bytes(.compact))).\(Self.encoded(claims.bytes(.compact)))"
        var signature = [UInt8](repeating: 0, count: 64)
        let bytes = Array(signed.utf8)
        guard ctestkit_sign_es256(key, key.count - 1, bytes, bytes.count, &signature) == 0 else {
            throw TestKitError("cannot sign a token")
        }
        return "\(signed).\(Self.encoded(signature))"
    }

    /// Base64 for URLs, without padding (RFC 7515, section 2).
    private static func encoded(_ bytes: [UInt8]) -> String {
        String(
            Data(bytes).base64EncodedString().compactMap { character in
                switch character {
                case "+": "-"
                case "/": "_"
                case "=": nil
                default: character
                }
            })
    }
}
