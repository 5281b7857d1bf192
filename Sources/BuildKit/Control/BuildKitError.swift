package import GRPC
internal import JSON
internal import OCI

/// An error that a daemon has reported, or the end of the connection to it.
package struct BuildKitError: Error, Sendable, Hashable, CustomStringConvertible {
    /// A place in a Dockerfile.
    package struct Source: Sendable, Hashable {
        /// The name that the build was given, not a path of this machine.
        package var fileName: String
        package var language: String
        package var content: [UInt8]
        /// The first and last line, counted from 1, if known.
        package var lines: ClosedRange<Int>?
    }

    package let code: GRPCStatus.Code
    /// The whole text.
    package let text: String
    /// The locations of the error; several for nested frontends.
    package let sources: [Source]
    /// The digest of the step that failed.
    package let vertex: String?
    /// The exit status of the program that failed.
    package let exitCode: Int32?

    package init(_ status: GRPCStatus) {
        code = status.code
        text = status.description
        var sources: [Source] = []
        var vertex: String?
        var exitCode: Int32?
        for detail in status.details {
            // The value is JSON, whatever its type is.
            guard let name = detail.type.split(separator: "/").last,
                let value = try? JSONValue(parsing: detail.value)
            else { continue }
            switch name {
            case "errdefs.Source+json": sources.append(Source(value))
            case "errdefs.Vertex+json": vertex = value["digest"]?.string
            case "gatewayapi.ExitMessage+json": exitCode = value["Code"]?.integer.flatMap { Int32(exactly: $0) }
            default: break
            }
        }
        self.sources = sources
        self.vertex = vertex
        self.exitCode = exitCode
    }

    /// True if the connection has ended, which says nothing about the build.
    package var isConnectionLoss: Bool { code == .unavailable }

    package var description: String { text }

    /// Turns the status of a failed call into this error.
    static func translating<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let status as GRPCStatus {
            throw BuildKitError(status)
        } catch let error as ProtobufError {
            throw BuildKitError(GRPCStatus(.internal, "\(error)"))
        }
    }
}

extension BuildKitError.Source {
    fileprivate init(_ value: JSONValue) {
        let info = value["info"]
        fileName = info?["filename"]?.string ?? ""
        language = info?["language"]?.string ?? ""
        content = info?["data"]?.string.flatMap(Base64.decode) ?? []
        let ranges = value["ranges"]?.array ?? []
        func numbers(_ end: String) -> [Int] {
            ranges.compactMap { range in range[end]?["line"]?.integer.flatMap { Int(exactly: $0) } }
        }
        let starts = numbers("start")
        if let first = starts.min(), let last = (starts + numbers("end")).max() { lines = first...last }
    }
}
