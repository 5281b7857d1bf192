internal import OCI

/// The result of a call, if it is an error.
package struct GRPCStatus: Error, Sendable, Hashable, CustomStringConvertible {
    /// A code of gRPC. Others than these exist.
    package struct Code: RawRepresentable, Sendable, Hashable {
        package let rawValue: Int

        package init(rawValue: Int) {
            self.rawValue = rawValue
        }

        package static let ok = Code(rawValue: 0)
        package static let cancelled = Code(rawValue: 1)
        package static let unknown = Code(rawValue: 2)
        package static let invalidArgument = Code(rawValue: 3)
        package static let deadlineExceeded = Code(rawValue: 4)
        package static let notFound = Code(rawValue: 5)
        package static let alreadyExists = Code(rawValue: 6)
        package static let resourceExhausted = Code(rawValue: 8)
        package static let failedPrecondition = Code(rawValue: 9)
        package static let outOfRange = Code(rawValue: 11)
        package static let unimplemented = Code(rawValue: 12)
        package static let `internal` = Code(rawValue: 13)
        package static let unavailable = Code(rawValue: 14)
    }

    package let code: Code
    package let message: String
    /// The details of the error, as values of types that its origin has chosen.
    package let details: [GRPCDetail]

    package init(_ code: Code, _ message: String, details: [GRPCDetail] = []) {
        self.code = code
        self.message = message
        self.details = details
    }

    package var description: String { message.isEmpty ? "the call failed with code \(code.rawValue)" : message }

    /// The status of trailers; `nil` if they have none.
    init?(trailers: [HTTP2Field]) {
        guard let number = trailers["grpc-status"].flatMap({ Int($0) }) else { return nil }
        let encoded = trailers["grpc-status-details-bin"]
        let details = encoded.flatMap(Base64.decode).flatMap { try? GRPCDetails(protobuf: $0) }
        self.init(
            Code(rawValue: number), PercentEncoding.decode(trailers["grpc-message"] ?? ""), details: details?.list ?? []
        )
    }

    var trailers: [HTTP2Field] {
        var fields = [HTTP2Field("grpc-status", "\(code.rawValue)")]
        if !message.isEmpty { fields.append(HTTP2Field("grpc-message", PercentEncoding.encode(message))) }
        return fields
    }

    /// The status of a stream that ended without one.
    init(_ error: HTTP2Error) {
        switch error {
        case .reset(let code):
            let known: [UInt32: Code] = [
                HTTP2Error.internalError: .internal, HTTP2Error.refusedStream: .unavailable,
                HTTP2Error.cancel: .cancelled,
            ]
            self.init(known[code] ?? .unknown, "\(error)")
        case .lost: self.init(.unavailable, "\(error)")
        }
    }
}
