internal import Concurrency

/// What the connections of a ``FaultProxy`` have in common: the faults still to come, and the exchanges so far.
final class ProxyLog: Sendable {
    private struct Rule {
        let fault: Fault
        var seen = 0

        mutating func hits(_ exchange: FaultProxy.Exchange) -> Bool {
            guard fault.matches(exchange) else { return false }
            seen += 1
            return seen > fault.skipped && fault.times.map { seen <= fault.skipped + $0 } ?? true
        }
    }

    private struct State {
        var rules: [Rule]
        /// In order of arrival. Each stays under its number, so that a late change finds it or finds it forgotten.
        var exchanges: [(number: Int, exchange: FaultProxy.Exchange)] = []
        var requests = 0
        var connections = 0
        /// How many arrivals and answers there were.
        var moments = 0

        mutating func moment() -> Int {
            moments += 1
            return moments
        }
    }

    private let state: Guarded<State>

    init(_ faults: [Fault]) {
        state = Guarded(State(rules: faults.map { Rule(fault: $0) }))
    }

    var exchanges: [FaultProxy.Exchange] { state.withLock { $0.exchanges.map(\.exchange) } }

    var connections: Int { state.withLock { $0.connections } }

    func noteConnection() {
        state.withLock { $0.connections += 1 }
    }

    /// Replaces the faults and forgets the exchanges.
    func reset(_ faults: [Fault]) {
        state.withLock { state in
            state.rules = faults.map { Rule(fault: $0) }
            state.exchanges = []
        }
    }

    /// Notes a request; returns its number and what is to go wrong with it.
    func begin(_ request: HTTPHead) -> (Int, [Fault.Action]) {
        state.withLock { state in
            var exchange = FaultProxy.Exchange(
                method: request.method, target: request.target, headers: request.headers)
            exchange.arrival = state.moment()
            state.requests += 1
            state.exchanges.append((state.requests, exchange))
            var actions: [Fault.Action] = []
            for index in state.rules.indices where state.rules[index].hits(exchange) {
                actions.append(state.rules[index].fault.action)
                if actions.last?.isFinal == true { break }
            }
            return (state.requests, actions)
        }
    }

    /// Notes what has become of a request, unless it was forgotten meanwhile.
    func update(_ number: Int, _ change: (inout FaultProxy.Exchange) -> Void) {
        state.withLock { state in
            if let index = state.exchanges.firstIndex(where: { $0.number == number }) {
                change(&state.exchanges[index].exchange)
                if state.exchanges[index].exchange.status != nil, state.exchanges[index].exchange.completion == nil {
                    state.exchanges[index].exchange.completion = state.moment()
                }
            }
        }
    }
}
