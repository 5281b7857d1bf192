/// Values that do not fit into a header block (POSIX.1-2017, pax, "pax Extended Header").
struct PaxRecords {
    private(set) var bytes: [UInt8] = []

    /// Adds "length key=value\n", where the length includes its own digits.
    mutating func add(_ key: String, _ value: some Collection<UInt8>) {
        let rest = key.utf8.count + value.count + 3
        var length = rest
        while rest + String(length).utf8.count != length { length = rest + String(length).utf8.count }
        bytes += "\(length) \(key)=".utf8
        bytes += value
        bytes.append(UInt8(ascii: "\n"))
    }

    mutating func add(_ key: String, _ value: String) { add(key, value.utf8) }
}
