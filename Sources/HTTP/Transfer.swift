internal import CCurl
internal import Concurrency

/// A request in progress.
///
/// Only the driver's thread uses `easy`, `fieldList` and the head while it is being read; everything else goes through
/// the pipes and the guarded outcome.
final class Transfer: @unchecked Sendable {  // See above: no unguarded member is touched by two threads.
    struct Head: Sendable {
        var status = 0
        var headers = HTTPHeaders()
    }

    private struct Outcome {
        var head: Result<Head, any Error>?
        var waiting: CheckedContinuation<Head, any Error>?
    }

    let request: HTTPRequest
    let download = BytePipe()
    let upload: BytePipe?
    private let outcome = Guarded(Outcome())

    // For the driver's thread only.
    var easy: UnsafeMutableRawPointer?
    var fieldList: UnsafeMutablePointer<curl_slist>?
    /// The buffer for libcurl's detailed error message.
    let errorText: UnsafeMutablePointer<CChar>
    private var reading = Head()
    private var headIsComplete = false

    init(_ request: HTTPRequest) {
        self.request = request
        errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
        errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        switch request.body {
        case .none: upload = nil
        case .stream: upload = BytePipe()
        case .bytes(let bytes):
            let pipe = BytePipe(capacity: bytes.count + 1)
            bytes.withUnsafeBytes { _ = pipe.offer($0) }
            pipe.finish()
            upload = pipe
        }
    }

    deinit { errorText.deallocate() }

    /// Waits for the head of the response.
    func head() async throws -> Head {
        try await withCheckedThrowingContinuation { continuation in
            let known = outcome.withLock { outcome in
                if outcome.head == nil { outcome.waiting = continuation }
                return outcome.head
            }
            if let known { continuation.resume(with: known) }
        }
    }

    private func settle(_ head: Result<Head, any Error>) {
        let waiting = outcome.withLock { outcome -> CheckedContinuation<Head, any Error>? in
            guard outcome.head == nil else { return nil }
            outcome.head = head
            defer { outcome.waiting = nil }
            return outcome.waiting
        }
        waiting?.resume(with: head)
    }

    // MARK: On the driver's thread

    /// Takes one line of the head. Interim responses (RFC 9110, section 15.2) are skipped.
    func receive(headerLine bytes: UnsafeRawBufferPointer) {
        guard !headIsComplete else { return }
        var line = Substring(decoding: bytes, as: UTF8.self)
        while line.last?.isNewline == true { line.removeLast() }
        if line.hasPrefix("HTTP/") {
            reading = Head()
            reading.status = Int(line.split(separator: " ").dropFirst().first ?? "") ?? 0
        } else if line.isEmpty {
            guard reading.status >= 200 else { return }
            headIsComplete = true
            settle(.success(reading))
        } else if let colon = line.firstIndex(of: ":") {
            var value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            while value.last == " " || value.last == "\t" { value.removeLast() }
            reading.headers.append(String(line[..<colon]), String(value))
        }
    }

    /// Ends the transfer, successfully or not.
    func complete(_ result: Result<Void, any Error>) {
        switch result {
        case .success:
            settle(.failure(HTTPError(.notHTTP, "what answers there is not HTTP", url: request.url)))
        case .failure(let error):
            settle(.failure(error))
        }
        download.finish(result)
        upload?.finish(.failure(PipeClosed()))
    }
}
