package import GRPC
package import OCI

/// A part of a daemon that runs steps.
package struct DaemonWorker: ProtobufMessage, Hashable {
    package var id = ""
    package var labels: [String: String] = [:]
    /// The platforms that it reports, its native one first. It may build more.
    package var platforms: [Platform] = []
    package var garbageRules: [GarbageRule] = []
    package var version = DaemonVersion()

    package init() {}

    /// True for the store of images of a Docker engine with containerd. Other engines export no archives of images.
    package var hasContainerdStore: Bool { labels["org.mobyproject.buildkit.worker.snapshotter"] != nil }

    package mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        switch field.number {
        case 1: id = try field.string
        case 2: try field.insert(into: &labels)
        case 3:
            let platform = try field.message(PlatformMessage.self).platform
            if !platforms.contains(platform) { platforms.append(platform) }
        case 4: garbageRules.append(try field.message())
        case 5: version = try field.message()
        default: break
        }
    }

    package func write(to writer: inout ProtobufWriter) {
        writer.put(1, id)
        writer.put(2, labels)
        writer.put(3, platforms.map(PlatformMessage.init))
        writer.put(4, garbageRules)
        writer.put(5, version)
    }
}

/// A rule by which a daemon removes what it has not used.
package struct GarbageRule: ProtobufMessage, Hashable {
    package var appliesToAll = false
    /// The time to keep unused content, in nanoseconds.
    package var keepDuration: Int64 = 0
    /// The size to keep in any case, in bytes.
    package var reservedSpace: Int64 = 0
    package var filters: [String] = []
    /// In bytes; 0 for no limit.
    package var maximumUsedSpace: Int64 = 0
    /// In bytes; 0 for no limit.
    package var minimumFreeSpace: Int64 = 0

    package init() {}

    package mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        switch field.number {
        case 1: appliesToAll = try field.bool
        case 2: keepDuration = try field.int64
        case 3: reservedSpace = try field.int64
        case 4: filters.append(try field.string)
        case 5: maximumUsedSpace = try field.int64
        case 6: minimumFreeSpace = try field.int64
        default: break
        }
    }

    package func write(to writer: inout ProtobufWriter) {
        writer.put(1, appliesToAll)
        writer.put(2, keepDuration)
        writer.put(3, reservedSpace)
        writer.put(4, filters)
        writer.put(5, maximumUsedSpace)
        writer.put(6, minimumFreeSpace)
    }
}

/// A platform in a message.
struct PlatformMessage: ProtobufMessage {
    private var architecture = ""
    private var os = ""
    private var variant = ""
    private var osVersion = ""
    private var osFeatures: [String] = []

    init() {}

    init(_ platform: Platform) {
        architecture = platform.architecture
        os = platform.os
        variant = platform.variant ?? ""
        osVersion = platform.osVersion ?? ""
        osFeatures = platform.osFeatures
    }

    var platform: Platform {
        Platform(
            os: os, architecture: architecture, variant: variant.isEmpty ? nil : variant,
            osVersion: osVersion.isEmpty ? nil : osVersion, osFeatures: osFeatures)
    }

    mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        switch field.number {
        case 1: architecture = try field.string
        case 2: os = try field.string
        case 3: variant = try field.string
        case 4: osVersion = try field.string
        case 5: osFeatures.append(try field.string)
        default: break
        }
    }

    func write(to writer: inout ProtobufWriter) {
        writer.put(1, architecture)
        writer.put(2, os)
        writer.put(3, variant)
        writer.put(4, osVersion)
        writer.put(5, osFeatures)
    }
}

/// The request of Control/ListWorkers.
struct ListWorkersRequest: ProtobufMessage {
    var filters: [String] = []

    mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        if field.number == 1 { filters.append(try field.string) }
    }

    func write(to writer: inout ProtobufWriter) { writer.put(1, filters) }
}

/// The answer to Control/ListWorkers.
struct ListWorkersResponse: ProtobufMessage {
    var workers: [DaemonWorker] = []

    mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        if field.number == 1 { workers.append(try field.message()) }
    }

    func write(to writer: inout ProtobufWriter) { writer.put(1, workers) }
}
