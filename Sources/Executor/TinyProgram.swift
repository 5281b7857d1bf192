/// The smallest possible program of an architecture: it exits with status 0.
///
/// Hand-written: an ELF header, a program header that maps the whole file at 4 MiB, and the instructions.
struct TinyProgram {
    /// The values in the ELF header for an architecture (System V ABI, "ELF Header"), and the code for the system call.
    fileprivate struct Kind {
        /// `e_machine`.
        let machine: UInt16
        var is64Bit = true
        var isBigEndian = false
        /// `e_flags`.
        var flags: UInt32 = 0
        let code: [UInt8]
    }

    let bytes: [UInt8]

    init(for architecture: Architecture) {
        let kind = architecture.kind
        let headerSize: UInt64 = kind.is64Bit ? 64 : 52
        let programHeaderSize: UInt64 = kind.is64Bit ? 56 : 32
        let start = headerSize + programHeaderSize
        let size = start + UInt64(kind.code.count)
        let base: UInt64 = 0x400000

        var writer = ELFWriter(is64Bit: kind.is64Bit, isBigEndian: kind.isBigEndian)
        writer.bytes = Self.identification(of: architecture)
        writer.half(2)  // ET_EXEC
        writer.half(kind.machine)
        writer.word(1)  // EV_CURRENT
        writer.address(base + start)  // e_entry
        writer.address(headerSize)  // e_phoff
        writer.address(0)  // e_shoff
        writer.word(kind.flags)
        for field in [headerSize, programHeaderSize, 1, 0, 0, 0] { writer.half(UInt16(field)) }

        let readable: UInt32 = 4
        let executable: UInt32 = 1
        writer.word(1)  // PT_LOAD
        if kind.is64Bit { writer.word(readable | executable) }
        for field in [0, base, base, size, size] { writer.address(field) }
        if !kind.is64Bit { writer.word(readable | executable) }
        writer.address(0x1000)  // p_align
        bytes = writer.bytes + kind.code
    }

    /// The first sixteen bytes of every program of the architecture; bytes seven to sixteen may differ.
    static func identification(of architecture: Architecture) -> [UInt8] {
        let kind = architecture.kind
        let magic: [UInt8] = [0x7F, UInt8(ascii: "E"), UInt8(ascii: "L"), UInt8(ascii: "F")]
        let fields: [UInt8] = [kind.is64Bit ? 2 : 1, kind.isBigEndian ? 2 : 1, 1]
        return magic + fields + [UInt8](repeating: 0, count: 9)
    }

    /// The pattern by which binfmt_misc recognises the programs of an architecture (the kernel's binfmt-misc.rst,
    /// "magic" and "mask"): the first twenty bytes up to `e_machine`, for any ABI, with a fixed address (`ET_EXEC`, 2)
    /// or without (`ET_DYN`, 3).
    static func recognition(of architecture: Architecture) -> (magic: [UInt8], mask: [UInt8]) {
        let kind = architecture.kind
        var writer = ELFWriter(is64Bit: kind.is64Bit, isBigEndian: kind.isBigEndian)
        writer.bytes = identification(of: architecture)
        writer.half(2)
        writer.half(kind.machine)
        var mask = ELFWriter(is64Bit: kind.is64Bit, isBigEndian: kind.isBigEndian)
        mask.bytes = [UInt8](repeating: 0xFF, count: 7) + [UInt8](repeating: 0, count: 9)
        mask.half(0xFFFE)
        mask.half(0xFFFF)
        return (writer.bytes, mask.bytes)
    }
}

extension Architecture {
    /// The comments show the code in assembly language; each program exits with status 0.
    fileprivate var kind: TinyProgram.Kind {
        switch self {
        case .amd64:
            // xor %edi,%edi; mov $60,%eax; syscall
            .init(machine: 62, code: [0x31, 0xFF, 0xB8, 0x3C, 0, 0, 0, 0x0F, 0x05])
        case .i386:
            // xor %ebx,%ebx; mov $1,%eax; int $0x80
            .init(machine: 3, is64Bit: false, code: [0x31, 0xDB, 0xB8, 1, 0, 0, 0, 0xCD, 0x80])
        case .arm64:
            // mov x8,#93; mov x0,#0; svc #0
            .init(machine: 183, code: [0xA8, 0x0B, 0x80, 0xD2, 0, 0, 0x80, 0xD2, 0x01, 0, 0, 0xD4])
        case .arm:
            // mov r7,#1; mov r0,#0; svc #0 (version 5 of the EABI)
            .init(
                machine: 40, is64Bit: false, flags: 0x0500_0000,
                code: [0x01, 0x70, 0xA0, 0xE3, 0, 0, 0xA0, 0xE3, 0, 0, 0, 0xEF])
        case .riscv64:
            // li a7,93; li a0,0; ecall
            .init(machine: 243, code: [0x93, 0x08, 0xD0, 0x05, 0x13, 0x05, 0, 0, 0x73, 0, 0, 0])
        case .s390x:
            // lghi %r2,0; svc 1
            .init(machine: 22, isBigEndian: true, code: [0xA7, 0x29, 0, 0, 0x0A, 0x01])
        case .ppc64le:
            // li 0,1; li 3,0; sc (version 2 of the ELF ABI, so that the entry is code, not a descriptor)
            .init(machine: 21, flags: 2, code: [1, 0, 0, 0x38, 0, 0, 0x60, 0x38, 2, 0, 0, 0x44])
        case .loong64:
            // addi.w $a7,$zero,93; addi.w $a0,$zero,0; syscall 0
            .init(machine: 258, flags: 0x43, code: [0x0B, 0x74, 0x81, 0x02, 0x04, 0, 0x80, 0x02, 0, 0, 0x2B, 0])
        }
    }
}

/// Appends the fields of an ELF header in the size and byte order of the architecture.
private struct ELFWriter {
    let is64Bit: Bool
    let isBigEndian: Bool
    var bytes: [UInt8] = []

    init(is64Bit: Bool, isBigEndian: Bool) {
        self.is64Bit = is64Bit
        self.isBigEndian = isBigEndian
    }

    mutating func half(_ value: UInt16) { append(UInt64(value), 2) }
    mutating func word(_ value: UInt32) { append(UInt64(value), 4) }
    mutating func address(_ value: UInt64) { append(value, is64Bit ? 8 : 4) }

    private mutating func append(_ value: UInt64, _ count: Int) {
        let little = (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
        bytes += isBigEndian ? little.reversed() : little
    }
}
