internal import CCurl
internal import Concurrency
internal import Glibc

/// Runs all transfers on a thread of its own, with one `curl_multi` handle.
final class CurlDriver: @unchecked Sendable {  // Only the thread touches `spare` and `live`; `multi` never changes.
    private enum Command {
        case submit(Transfer)
        case unpause(Transfer)
        case cancel(Transfer)
    }

    private struct Inbox {
        var commands: [Command] = []
        var stops = false
    }

    /// The maximum number of idle handles to keep for later requests.
    private static let maximumSpare = 16
    /// The number of idle connections to keep. libcurl's default shrinks with the number of transfers in progress.
    private static let maximumIdleConnections = 32

    private let multi: UnsafeMutableRawPointer
    private let inbox = Guarded(Inbox())
    private var spare: [UnsafeMutableRawPointer] = []
    private var live: [UnsafeMutableRawPointer: Transfer] = [:]

    init(url: String) throws {
        if let problem = ccurl_load() { throw HTTPError(.local, String(cString: problem), url: url) }
        guard let multi = ccurl_multi_new() else { throw HTTPError(.local, "libcurl is out of memory", url: url) }
        self.multi = multi
        ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, Self.maximumIdleConnections)
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self)
        let code = pthread_create(
            &thread, nil,
            { context in
                if let context { Unmanaged<CurlDriver>.fromOpaque(context).takeRetainedValue().run() }
                return nil
            }, context.toOpaque())
        guard code == 0 else {
            context.release()
            throw HTTPError(.local, "cannot start a thread: \(String(cString: strerror(code)))", url: url)
        }
        pthread_detach(thread)
    }

    deinit {
        spare.forEach(ccurl_easy_free)
        ccurl_multi_free(multi)
    }

    func submit(_ transfer: Transfer) {
        let unpause: @Sendable () -> Void = { [weak self, weak transfer] in
            if let transfer { self?.post(.unpause(transfer)) }
        }
        transfer.download.onWake(unpause)
        transfer.upload?.onWake(unpause)
        post(.submit(transfer))
    }

    /// Ends a transfer; does nothing if it has ended.
    func cancel(_ transfer: Transfer) { post(.cancel(transfer)) }

    /// Ends the thread and closes the connections. No transfer may be in progress.
    func stop() {
        inbox.withLock { $0.stops = true }
        ccurl_multi_wakeup(multi)
    }

    private func post(_ command: Command) {
        inbox.withLock { $0.commands.append(command) }
        ccurl_multi_wakeup(multi)
    }

    // MARK: The thread

    private func run() {
        while true {
            let (commands, stops) = inbox.withLock { inbox in
                defer { inbox.commands.removeAll(keepingCapacity: true) }
                return (inbox.commands, inbox.stops)
            }
            commands.forEach(obey)
            if stops {
                for easy in live.keys { finish(easy, .failure(CancellationError())) }
                return
            }
            var running: Int32 = 0
            ccurl_multi_perform(multi, &running)
            reapFinished()
            ccurl_multi_poll(multi, 1000)
        }
    }

    private func obey(_ command: Command) {
        switch command {
        case .submit(let transfer): start(transfer)
        case .unpause(let transfer):
            if let easy = transfer.easy { ccurl_pause(easy, CURLPAUSE_CONT) }
        case .cancel(let transfer):
            if let easy = transfer.easy { finish(easy, .failure(CancellationError())) }
        }
    }

    private func start(_ transfer: Transfer) {
        guard let easy = spare.popLast() ?? ccurl_easy_new() else {
            transfer.complete(.failure(HTTPError(.local, "libcurl is out of memory", url: transfer.request.url)))
            return
        }
        transfer.easy = easy
        live[easy] = transfer
        transfer.prepare(easy)
        let code = ccurl_multi_add(multi, easy)
        if code != CURLM_OK {
            finish(easy, .failure(HTTPError(.local, "libcurl refused the request", url: transfer.request.url)))
        }
    }

    private func reapFinished() {
        var code = CURLE_OK
        while let easy = ccurl_multi_next_finished(multi, &code) {
            guard let transfer = live[easy] else { continue }
            finish(easy, code == CURLE_OK ? .success(()) : .failure(transfer.error(code)))
        }
    }

    private func finish(_ easy: UnsafeMutableRawPointer, _ result: Result<Void, any Error>) {
        guard let transfer = live.removeValue(forKey: easy) else { return }
        ccurl_multi_remove(multi, easy)
        transfer.easy = nil
        ccurl_list_free(transfer.fieldList)
        transfer.fieldList = nil
        if spare.count < Self.maximumSpare {
            ccurl_easy_reset(easy)
            spare.append(easy)
        } else {
            ccurl_easy_free(easy)
        }
        transfer.complete(result)
    }
}
