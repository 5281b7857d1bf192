internal import BuildKit
internal import OCI
internal import Spelling
internal import Units

/// The content of BuildKit's cache, as docker buildx shows it: fields are separated by tabs.
struct DaemonCacheText {
    /// The time of now, in seconds since 1970.
    let now: Int64

    static let header = "ID\t\t\t\t\t\tRECLAIMABLE\tSIZE\t\tLAST ACCESSED"

    /// A line for a record.
    func line(_ record: CacheRecord) -> String {
        let id = record.id + (record.isMutable ? "*" : "")
        let size = ByteSize(record.size).dockerText + (record.isShared ? "*" : "")
        return
            "\(Self.padded(id, 40))\t\(Self.padded("\(!record.isInUse)", 5))\t\t\(Self.padded(size, 10))\t\(age(record))"
    }

    /// Everything about a record.
    func details(_ record: CacheRecord) -> String {
        var fields = [("ID", 2, record.id)]
        if record.parents.count == 1 { fields.append(("Parent", 1, record.parents[0])) }
        if record.parents.count > 1 {
            fields.append(("Parents", 1, "\n" + record.parents.map { " - \($0)" }.joined(separator: "\n")))
        }
        let created = record.createdAt.map { time in
            let text = RFC3339.text(seconds: time.seconds).replacing("T", with: " ").dropLast()
            return "\(text)\(Self.fraction(time.nanoseconds)) +0000 UTC"
        }
        fields += [
            ("Created at", 1, created ?? "0001-01-01 00:00:00 +0000 UTC"), ("Mutable", 1, "\(record.isMutable)"),
            ("Reclaimable", 1, "\(!record.isInUse)"), ("Shared", 2, "\(record.isShared)"),
            ("Size", 2, ByteSize(record.size).dockerText),
        ]
        if !record.description.isEmpty { fields.append(("Description", 1, record.description.escaped)) }
        fields.append(("Usage count", 1, "\(record.usageCount)"))
        if record.lastUsedAt != nil { fields.append(("Last used", 1, age(record))) }
        if !record.type.isEmpty { fields.append(("Type", 2, record.type)) }
        return fields.map { "\($0.0):\(String(repeating: "\t", count: $0.1))\($0.2)\n" }.joined()
    }

    /// The sums of all records.
    static func sums(_ records: [CacheRecord]) -> String {
        func size(_ isCounted: (CacheRecord) -> Bool) -> String {
            ByteSize(records.filter(isCounted).map(\.size).cappedSum).dockerText
        }
        var text = ""
        if records.contains(where: \.isShared) {
            text += "Shared:\t\t\(size(\.isShared))\nPrivate:\t\(size { !$0.isShared })\n"
        }
        return text + "Reclaimable:\t\(size { !$0.isInUse })\nTotal:\t\t\(size { _ in true })\n"
    }

    private func age(_ record: CacheRecord) -> String {
        record.lastUsedAt.map { "\(Duration.seconds(max(0, now - $0.seconds)).dockerText) ago" } ?? ""
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private static func fraction(_ nanoseconds: Int32) -> String {
        if nanoseconds <= 0 { return "" }
        var digits = String(nanoseconds)
        digits = String(repeating: "0", count: max(0, 9 - digits.count)) + digits
        while digits.last == "0" { digits.removeLast() }
        return ".\(digits)"
    }
}
