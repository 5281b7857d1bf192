internal import JSON

/// A table of a TOML document while it is read.
final class TOMLTable {
    /// How a table came to be, which decides what may still be added to it.
    enum Origin {
        /// By a header of a table below it.
        case implied
        /// By a header of its own.
        case header
        /// By a key with dots.
        case dotted
    }

    private enum Item {
        case value(JSONValue)
        case table(TOMLTable)
        case tables([TOMLTable])
    }

    private var items: [(name: String, item: Item)] = []
    private var positions: [String: Int] = [:]
    private var origin: Origin

    init(_ origin: Origin) {
        self.origin = origin
    }

    /// The members in the order of their first mention.
    var json: JSONValue {
        .object(
            JSONObject(
                items.map { name, item in
                    switch item {
                    case .value(let value): .init(name, value)
                    case .table(let table): .init(name, table.json)
                    case .tables(let tables): .init(name, .array(tables.map(\.json)))
                    }
                }))
    }

    /// Adds the value of a key with its dots; `false` when it, or a part of it, is something else already.
    func set(_ keys: [String], to value: JSONValue) -> Bool {
        guard let last = keys.last else { return false }
        var table = self
        for key in keys.dropLast() {
            switch table.item(key) {
            case nil: table = table.add(key, TOMLTable(.dotted))
            case .table(let inner) where inner.origin == .dotted: table = inner
            default: return false
            }
        }
        guard table.item(last) == nil else { return false }
        table.append(last, .value(value))
        return true
    }

    /// The table that a header begins; `nil` when that is something else already.
    ///
    /// - Parameter isElement: Whether it is another element of an array of tables.
    func begin(_ keys: [String], isElement: Bool) -> TOMLTable? {
        guard let last = keys.last else { return nil }
        var table = self
        for key in keys.dropLast() {
            switch table.item(key) {
            case nil: table = table.add(key, TOMLTable(.implied))
            case .table(let inner): table = inner
            case .tables(let inner):
                guard let element = inner.last else { return nil }
                table = element
            case .value: return nil
            }
        }
        let new = TOMLTable(.header)
        switch table.item(last) {
        case nil where isElement: table.append(last, .tables([new]))
        case nil: table.append(last, .table(new))
        case .tables(let others) where isElement: table.replace(last, .tables(others + [new]))
        case .table(let known) where !isElement && known.origin == .implied:
            known.origin = .header
            return known
        default: return nil
        }
        return new
    }

    private func item(_ name: String) -> Item? { positions[name].map { items[$0].item } }

    private func append(_ name: String, _ item: Item) {
        positions[name] = items.count
        items.append((name, item))
    }

    private func add(_ name: String, _ table: TOMLTable) -> TOMLTable {
        append(name, .table(table))
        return table
    }

    private func replace(_ name: String, _ item: Item) {
        if let position = positions[name] { items[position].item = item }
    }
}
