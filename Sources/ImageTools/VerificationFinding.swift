/// A problem or irregularity in an image.
package struct VerificationFinding: Sendable, Hashable {
    package enum Severity: String, Sendable {
        case error
        /// Allowed, but probably unintended.
        case warning
    }

    package let severity: Severity
    /// The path, such as `manifests[3] linux/arm64 > layers[0]`; empty for the verified image itself.
    package let path: String
    package let problem: String

    static func error(_ path: String, _ problem: String) -> VerificationFinding {
        VerificationFinding(severity: .error, path: path, problem: problem)
    }

    static func warning(_ path: String, _ problem: String) -> VerificationFinding {
        VerificationFinding(severity: .warning, path: path, problem: problem)
    }
}
