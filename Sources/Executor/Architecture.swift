/// An architecture whose programs can be tried out, and emulated; named as in image-spec (Go's `GOARCH`).
package enum Architecture: String, Sendable, CaseIterable {
    case amd64
    case i386 = "386"
    case arm64
    case arm
    case riscv64
    case s390x
    case ppc64le
    case loong64

    /// What qemu and Debian's package of it call the architecture, as in `qemu-aarch64-static`.
    package var emulatorName: String {
        switch self {
        case .amd64: "x86_64"
        case .i386: "i386"
        case .arm64: "aarch64"
        case .arm: "arm"
        case .riscv64: "riscv64"
        case .s390x: "s390x"
        case .ppc64le: "ppc64le"
        case .loong64: "loongarch64"
        }
    }
}
