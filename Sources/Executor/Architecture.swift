/// An architecture whose programs can be tested and emulated, named as in the image-spec (Go's `GOARCH`).
package enum Architecture: String, Sendable, CaseIterable {
    case amd64
    case i386 = "386"
    case arm64
    case arm
    case riscv64
    case s390x
    case ppc64le
    case loong64

    /// The name in qemu and its Debian package, as in `qemu-aarch64-static`.
    var emulatorName: String {
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
