/// A header block of 512 bytes that is being written (POSIX.1-2017, pax, "ustar Interchange Format").
struct TarBlock {
    static let size = 512

    /// The largest numbers that the octal fields hold.
    static let maximumID: Int64 = 0o7777777
    static let maximumSize: Int64 = 0o77777777777
    static let nameLength = 100
    private static let prefixLength = 155

    private(set) var bytes = [UInt8](repeating: 0, count: size)

    /// - Parameter type: The type flag, such as "0" for a file.
    init(type: Character, mode: UInt16) {
        put(number: Int64(mode), at: 100, width: 8)
        setOwner(uid: 0, gid: 0)
        setSize(0)
        setModified(0)
        bytes[156] = type.asciiValue ?? 0
        put("ustar\u{0}00".utf8, at: 257)
        put(number: 0, at: 329, width: 8)
        put(number: 0, at: 337, width: 8)
    }

    mutating func setOwner(uid: Int64, gid: Int64) {
        put(number: uid, at: 108, width: 8)
        put(number: gid, at: 116, width: 8)
    }

    mutating func setSize(_ size: Int64) { put(number: size, at: 124, width: 12) }
    mutating func setModified(_ seconds: Int64) { put(number: seconds, at: 136, width: 12) }

    mutating func setDevice(major: UInt32, minor: UInt32) {
        put(number: Int64(major), at: 329, width: 8)
        put(number: Int64(minor), at: 337, width: 8)
    }

    /// Writes the name if it fits, split at a slash if necessary.
    ///
    /// - Returns: True if it fits.
    mutating func setName(_ name: [UInt8]) -> Bool {
        if name.count <= Self.nameLength {
            put(name, at: 0)
            return true
        }
        // Neither part may be empty. Of several slashes, take the first that leaves a short enough name.
        let slash = name.indices.first { index in
            name[index] == UInt8(ascii: "/") && index > 0 && index < name.count - 1
                && name.count - index - 1 <= Self.nameLength
        }
        guard let slash, slash <= Self.prefixLength else { return false }
        put(name[(slash + 1)...], at: 0)
        put(name[..<slash], at: 345)
        return true
    }

    /// Writes an approximate name, for readers that do not understand pax records.
    mutating func setRoughName(_ name: [UInt8]) { put(name.lazy.filter { $0 < 0x80 }.prefix(Self.nameLength), at: 0) }

    /// Writes a link's target, truncated if it is too long.
    mutating func setTarget(_ target: [UInt8]) { put(target.prefix(Self.nameLength), at: 157) }

    /// The finished block.
    func sealed() -> [UInt8] {
        var block = self
        block.put("        ".utf8, at: 148)
        let sum = block.bytes.reduce(0) { $0 + Int64($1) }
        // Six digits, a zero byte and a space, unlike all other fields.
        block.put(number: sum, at: 148, width: 7)
        return block.bytes
    }

    private mutating func put(_ text: some Sequence<UInt8>, at offset: Int) {
        for (index, byte) in text.enumerated() { bytes[offset + index] = byte }
    }

    /// Writes octal digits and a zero byte.
    private mutating func put(number: Int64, at offset: Int, width: Int) {
        var rest = number
        for index in (offset..<offset + width - 1).reversed() {
            bytes[index] = UInt8(ascii: "0") + UInt8(rest & 7)
            rest >>= 3
        }
        bytes[offset + width - 1] = 0
    }
}
