package import GRPC

/// A part of a daemon's cache.
package struct CacheRecord: ProtobufMessage, Hashable {
    package var id = ""
    package var isMutable = false
    package var isInUse = false
    /// In bytes.
    package var size: Int64 = 0
    package var createdAt: ProtobufTimestamp?
    package var lastUsedAt: ProtobufTimestamp?
    package var usageCount: Int64 = 0
    package var description = ""
    /// As in `regular`, `source.local`, `exec.cachemount`.
    package var type = ""
    package var isShared = false
    package var parents: [String] = []

    package init() {}

    package mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        switch field.number {
        case 1: id = try field.string
        case 2: isMutable = try field.bool
        case 3: isInUse = try field.bool
        case 4: size = try field.int64
        // One parent, from daemons before there could be several.
        case 5, 12: parents.append(try field.string)
        case 6: createdAt = try field.message()
        case 7: lastUsedAt = try field.message()
        case 8: usageCount = try field.int64
        case 9: description = try field.string
        case 10: type = try field.string
        case 11: isShared = try field.bool
        default: break
        }
    }

    package func write(to writer: inout ProtobufWriter) {
        writer.put(1, id)
        writer.put(2, isMutable)
        writer.put(3, isInUse)
        writer.put(4, size)
        writer.put(6, createdAt)
        writer.put(7, lastUsedAt)
        writer.put(8, usageCount)
        writer.put(9, description)
        writer.put(10, type)
        writer.put(11, isShared)
        writer.put(12, parents)
    }
}

/// The request of Control/DiskUsage.
struct DiskUsageRequest: ProtobufMessage {
    var filters: [String] = []

    mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        if field.number == 1 { filters.append(try field.string) }
    }

    func write(to writer: inout ProtobufWriter) { writer.put(1, filters) }
}

/// The answer to Control/DiskUsage.
struct DiskUsageResponse: ProtobufMessage {
    var records: [CacheRecord] = []

    mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        if field.number == 1 { records.append(try field.message()) }
    }

    func write(to writer: inout ProtobufWriter) { writer.put(1, records) }
}

/// The content to remove from a daemon's cache.
package struct PruneRequest: ProtobufMessage, Hashable {
    /// As in `type==source.local`; a record has to match one of them, if there are any.
    package var filters: [String] = []
    /// True to remove what the daemon keeps for itself as well.
    package var includesInternal = false
    /// The minimum time since the last use, in nanoseconds.
    package var keepDuration: Int64 = 0
    /// In bytes.
    package var reservedSpace: Int64 = 0
    /// In bytes; 0 for no limit.
    package var maximumUsedSpace: Int64 = 0
    /// In bytes; 0 for no limit.
    package var minimumFreeSpace: Int64 = 0

    package init() {}

    package mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        switch field.number {
        case 1: filters.append(try field.string)
        case 2: includesInternal = try field.bool
        case 3: keepDuration = try field.int64
        case 4: reservedSpace = try field.int64
        case 5: maximumUsedSpace = try field.int64
        case 6: minimumFreeSpace = try field.int64
        default: break
        }
    }

    package func write(to writer: inout ProtobufWriter) {
        writer.put(1, filters)
        writer.put(2, includesInternal)
        writer.put(3, keepDuration)
        writer.put(4, reservedSpace)
        writer.put(5, maximumUsedSpace)
        writer.put(6, minimumFreeSpace)
    }
}
