extension Platform {
    /// The number of bytes at the beginning of an ELF file that identify its machine.
    package static let elfHeaderSize = 20

    /// The Linux platform of an ELF file. The header does not tell the variant.
    ///
    /// - Parameter header: The first ``elfHeaderSize`` bytes of the file, or more.
    /// - Returns: `nil` for anything but an ELF file, and for unknown machines.
    package init?(elfHeader header: some Collection<UInt8>) {
        let header = Array(header.prefix(Self.elfHeaderSize))
        guard header.count == Self.elfHeaderSize, header[..<4] == [0x7F, 0x45, 0x4C, 0x46] else { return nil }
        let is64 = header[4] == 2
        let isLittle = header[5] == 1
        let machine = isLittle ? Int(header[18]) | Int(header[19]) << 8 : Int(header[18]) << 8 | Int(header[19])
        let names: [Int: String] = [
            3: "386", 8: is64 ? (isLittle ? "mips64le" : "mips64") : (isLittle ? "mipsle" : "mips"),
            20: "ppc", 21: isLittle ? "ppc64le" : "ppc64", 22: is64 ? "s390x" : "s390", 40: isLittle ? "arm" : "armbe",
            43: "sparc64", 62: "amd64", 183: isLittle ? "arm64" : "arm64be", 243: is64 ? "riscv64" : "riscv",
            258: "loong64",
        ]
        guard let architecture = names[machine] else { return nil }
        self.init(os: "linux", architecture: architecture)
    }
}
