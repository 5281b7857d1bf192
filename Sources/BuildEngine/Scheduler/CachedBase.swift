internal import Archive
internal import Concurrency
internal import FileSystem
internal import OCI
internal import Snapshots

/// The known facts about paths in a snapshot: from earlier builds, from layers that were just made, and from the files
/// of those below.
struct CachedBase: BaseSnapshot, Sendable {
    /// A fact is unknown, and the files are not available.
    struct Unknown: Error {}

    /// Facts about the snapshot from earlier builds.
    private let known: [String: String]
    /// The layers at the top that were just made, the topmost first.
    private let contents: [LayerContent]
    /// Facts from earlier builds about the snapshot below these.
    private let knownBelow: [String: String]
    /// The files of the snapshot below these, if available.
    var view: StackView?
    private let asked = Guarded<[String: String]>([:])
    private let askedBelow = Guarded<[String: String]>([:])

    init(known: [String: String], contents: [LayerContent], knownBelow: [String: String], view: StackView? = nil) {
        self.known = known
        self.contents = contents
        self.knownBelow = knownBelow
        self.view = view
    }

    /// New facts about the snapshot, and about the snapshot below the layers just made.
    var learned: [String: String] { asked.withLock { $0 } }
    var learnedBelow: [String: String] { askedBelow.withLock { $0 } }

    func fact(_ path: String) throws -> PathStatus {
        let name = "path \(path)"
        if let fact = known[name].flatMap(PathStatus.init(recorded:)) { return fact }
        let fact = try find(path)
        asked.withLock { $0[name] = fact.record }
        return fact
    }

    private func find(_ path: String) throws -> PathStatus {
        let tarPath = try TarPath(path)
        for content in contents {
            if let entry = content.entry(at: tarPath) { return entry.fact }
            if content.hides(tarPath) { return .absent }
        }
        let name = "path \(path)"
        if let fact = knownBelow[name].flatMap(PathStatus.init(recorded:)) { return fact }
        guard let view else { throw Unknown() }
        let fact = try view.fact(path)
        askedBelow.withLock { $0[name] = fact.record }
        return fact
    }

    func entry(_ path: String) throws -> LayerContent.Entry? {
        let tarPath = try TarPath(path)
        for content in contents {
            if var entry = content.entry(at: tarPath) {
                if case .hardLink(let first) = entry.kind, let file = content.entry(at: first) {
                    entry = file
                    entry.path = tarPath
                }
                return entry.kind == .whiteout ? nil : entry
            }
            if content.hides(tarPath) { return nil }
        }
        guard let view else { throw Unknown() }
        return try view.entry(path)
    }

    /// The owner of files.
    func owner(_ text: String) throws -> Owner {
        let text = known["owner \(text)"] ?? text
        var isAsked = false
        func content(of path: String) throws -> [UInt8]? {
            isAsked = true
            return try read(path)
        }
        let owner = try Owner(
            parsing: text, passwd: try content(of: "/etc/passwd"), group: try content(of: "/etc/group"))
        if isAsked { asked.withLock { $0["owner \(text)"] = "\(owner.uid):\(owner.gid)" } }
        return owner
    }

    /// The owner of a folder created for a user.
    func owner(ofFoldersFor user: String) throws -> Owner {
        if let text = known["user \(user)"] { return try owner(text) }
        if user.split(separator: ":").allSatisfy({ UInt32($0) != nil }) { return try owner(user) }
        let owner = Owner(of: user, passwd: try read("/etc/passwd"), group: try read("/etc/group"))
        asked.withLock { $0["user \(user)"] = "\(owner.uid):\(owner.gid)" }
        return owner
    }

    private func read(_ path: String) throws -> [UInt8]? {
        let tarPath = try TarPath(path)
        for content in contents {
            if let entry = content.entry(at: tarPath) {
                switch entry.kind {
                case .file(.bytes(let bytes)): return bytes
                case .file(.file(let path, _, _)): return try File.read(path, limit: 1 << 20)
                case .whiteout: return nil
                // A link may lead anywhere, so all files are needed.
                default: throw Unknown()
                }
            }
            if content.hides(tarPath) { return nil }
        }
        guard let view else { throw Unknown() }
        return try view.read(path)
    }
}

extension LayerContent.Entry {
    fileprivate var fact: PathStatus {
        switch kind {
        case .whiteout: .absent
        case .folder: .folder(FolderAttributes(mode: mode, uid: uid, gid: gid))
        case .symbolicLink(let target): .symbolicLink(String(decoding: target, as: UTF8.self))
        default: .file
        }
    }
}

extension PathStatus {
    var record: String {
        switch self {
        case .absent: "absent"
        case .folder(let facts): "folder \(facts.mode) \(facts.uid) \(facts.gid)"
        case .file: "file"
        case .symbolicLink(let target): "link \(target)"
        }
    }

    init?(recorded: String) {
        switch recorded {
        case "absent": self = .absent
        case "file": self = .file
        default:
            if recorded.hasPrefix("folder ") {
                let numbers = recorded.split(separator: " ").dropFirst().compactMap { UInt32($0) }
                guard numbers.count == 3, let mode = UInt16(exactly: numbers[0]) else { return nil }
                self = .folder(FolderAttributes(mode: mode, uid: numbers[1], gid: numbers[2]))
                return
            }
            guard recorded.hasPrefix("link ") else { return nil }
            self = .symbolicLink(String(recorded.dropFirst("link ".count)))
        }
    }
}
