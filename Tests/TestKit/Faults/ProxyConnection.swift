internal import Foundation

/// One client's connection to a ``FaultProxy``, served on a thread of its own.
struct ProxyConnection {
    private let client: Socket
    private let requests: HTTPReader
    private let upstreamPort: Int
    private let log: ProxyLog

    init(_ client: Socket, upstreamPort: Int, log: ProxyLog) {
        self.client = client
        self.requests = HTTPReader(client)
        self.upstreamPort = upstreamPort
        self.log = log
    }

    /// Serves requests until one side ends the connection.
    func serve() {
        while (try? exchange()) == true {}
        client.shutdown()
    }

    /// Serves one request and says whether the connection can serve another.
    private func exchange() throws -> Bool {
        guard let head = try requests.head() else { return false }
        let (number, actions) = log.begin(head)
        let request = Request(head: head, number: number, body: HTTPBody(of: head))
        for action in actions {
            switch action {
            case .delay(let milliseconds): Thread.sleep(forTimeInterval: Double(milliseconds) / 1000)
            case .stall: return try stall()
            case .status(let status, let headers, let body): return try answer(request, status, headers, body)
            default: break
            }
        }
        return try forward(request, actions)
    }

    /// A request on its way.
    private struct Request {
        let head: HTTPHead
        let number: Int
        var body: HTTPBody
        var sent = 0
    }

    private func stall() throws -> Bool {
        while try requests.bytes(atMost: .max / 2) != nil {}
        return false
    }

    private func answer(
        _ request: Request, _ status: Int, _ headers: [String: String], _ text: String
    ) throws -> Bool {
        var request = request
        // A client that waits for "100 Continue" sends no body after this answer, so the connection is of no more use.
        if !request.head.expectsContinue { request.sent = try request.body.rest(from: requests).count }
        var head = HTTPHead(status: status, headers: [])
        for (name, value) in headers.sorted(by: { $0.key < $1.key }) { head[name] = value }
        if head["Content-Length"] == nil, status != 204 { head["Content-Length"] = String(text.utf8.count) }
        let keeps = request.body.isFinished && !request.head.closes
        if !keeps { head["Connection"] = "close" }
        log.update(request.number) {
            $0.status = status
            $0.bodyBytes = request.sent
        }
        try client.write(head.bytes + (request.head.method == "HEAD" ? [] : Array(text.utf8)))
        return keeps
    }

    // MARK: The way to the registry

    private func forward(_ request: Request, _ actions: [Fault.Action]) throws -> Bool {
        guard let upstream = try? Socket.connected(to: upstreamPort) else {
            return try answer(request, 502, [:], "no registry behind this proxy")
        }
        let answers = HTTPReader(upstream)
        var request = request
        try upstream.write(request.head.bytes)
        while true {
            if try sendBody(of: &request, to: upstream, until: answers, limit: actions.requestLimit) == .cut {
                upstream.shutdown()
                return false
            }
            guard let answer = try answers.head() else { return false }
            guard answer.status < 200 else { return try deliver(answer, from: answers, to: &request, actions) }
            try client.write(answer.bytes)
        }
    }

    private enum Sending { case paused, cut }

    /// Sends on what the client sends, until it has sent everything or the registry has something to say.
    private func sendBody(
        of request: inout Request, to upstream: Socket, until answers: HTTPReader, limit: Int?
    ) throws -> Sending {
        defer {
            let sent = request.sent
            log.update(request.number) { $0.bodyBytes = sent }
        }
        while !request.body.isFinished {
            let (arrived, answered) = Socket.wait(client, upstream, blocks: !requests.hasBytes && !answers.hasBytes)
            if answered || answers.hasBytes { return .paused }
            guard arrived || requests.hasBytes else { continue }
            guard let piece = try request.body.next(from: requests) else { throw SocketError() }
            guard case .content(let bytes) = piece else {
                try upstream.write(piece.wire)
                continue
            }
            let rest = limit.map { $0 - request.sent } ?? .max
            request.sent += min(rest, bytes.count)
            // A registry that has answered early may not listen any more; what it said is read next.
            do { try upstream.write(bytes.prefix(rest)) } catch { return .paused }
            if bytes.count >= rest { return .cut }
        }
        return .paused
    }

    // MARK: The way back

    private func deliver(
        _ answer: HTTPHead, from answers: HTTPReader, to request: inout Request, _ actions: [Fault.Action]
    ) throws -> Bool {
        var answer = answer
        var body = HTTPBody(of: answer, to: request.head.method)
        let status = answer.status
        log.update(request.number) { $0.registryStatus = status }
        if actions.dropAnswer {
            _ = try body.rest(from: answers)
            return false
        }
        for case .rewriteHeader(let name, let value) in actions { answer[name] = value }
        log.update(request.number) { $0.status = status }
        if let forged = actions.forgedBody {
            _ = try body.rest(from: answers)
            answer["Transfer-Encoding"] = nil
            answer["Content-Length"] = String(forged.count)
            let sent = request.head.method == "HEAD" ? [] : forged.prefix(actions.answerLimit ?? .max)
            try client.write(answer.bytes + sent)
            if actions.answerLimit != nil { return false }
        } else {
            try client.write(answer.bytes)
            guard try pass(&body, from: answers, limit: actions.answerLimit) else { return false }
        }
        return try finish(&request) && !answer.closes
    }

    /// Passes a body on and says whether the client got all of it, in a way that leaves the connection open.
    private func pass(_ body: inout HTTPBody, from answers: HTTPReader, limit: Int?) throws -> Bool {
        var rest = limit ?? .max
        if rest == 0 { return false }
        while let piece = try body.next(from: answers) {
            guard case .content(let bytes) = piece else {
                try client.write(piece.wire)
                continue
            }
            try client.write(bytes.prefix(rest))
            rest -= min(rest, bytes.count)
            if rest == 0 { return false }
        }
        return body.isFinished
    }

    /// Takes in what the client still sends after an early answer, so that the answer is not lost with a reset.
    private func finish(_ request: inout Request) throws -> Bool {
        if request.head.expectsContinue, request.sent == 0, !request.body.isFinished { return false }
        _ = try request.body.rest(from: requests)
        return request.body.isFinished && !request.head.closes
    }
}

extension [Fault.Action] {
    fileprivate var requestLimit: Int? {
        for case .cutRequest(let bytes) in self { return bytes }
        return nil
    }

    fileprivate var answerLimit: Int? {
        for case .cutResponse(let bytes) in self { return bytes }
        return nil
    }

    fileprivate var forgedBody: [UInt8]? {
        for case .replaceBody(let bytes) in self { return bytes }
        return nil
    }

    fileprivate var dropAnswer: Bool {
        contains { if case .dropAnswer = $0 { true } else { false } }
    }
}
