internal import ArgumentParser
internal import OCI

/// The documented exit statuses.
enum ExitStatus: Int32 {
    case failed = 1
    case usage = 2
    case notFound = 3
    case denied = 4
    case verification = 5

    init(of error: any Error) {
        switch error {
        case let error as ImageError:
            self =
                switch error.code {
                case .usage: .usage
                case .notFound: .notFound
                case .denied: .denied
                case .verification: .verification
                case .interrupted, .overtaken, .failed: .failed
                }
        default: self = ImgtoolCommand.exitCode(for: error) == .validationFailure ? .usage : .failed
        }
    }
}
