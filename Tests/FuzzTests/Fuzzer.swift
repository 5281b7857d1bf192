internal import CFuzzer
internal import Glibc

/// Runs one target under libFuzzer: `fuzzer TARGET [OPTIONS AND CORPORA OF LIBFUZZER]`.
@main
enum Main {
    nonisolated(unsafe) private static var target = FuzzTarget.json

    static func main() {
        var arguments = Array(CommandLine.arguments)
        guard arguments.count > 1, let named = FuzzTarget(rawValue: arguments.remove(at: 1)) else {
            print("fuzzer TARGET [OPTIONS]; the targets are:")
            for target in FuzzTarget.allCases { print(target.rawValue) }
            exit(arguments.count > 1 ? 2 : 0)
        }
        target = named
        var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        pointers.withUnsafeMutableBufferPointer { buffer in
            var count = Int32(buffer.count - 1)
            var start = buffer.baseAddress
            exit(LLVMFuzzerRunDriver(&count, &start, testOne))
        }
    }

    private static let testOne: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32 = { data, size in
        let bytes = Array(UnsafeBufferPointer(start: data, count: size))
        let ended = Semaphore()
        let target = Main.target
        Task {
            do { try await target.test(bytes) } catch { fatalError("\(error)") }
            ended.signal()
        }
        ended.wait()
        return 0
    }
}

/// What the thread of libFuzzer waits at.
private final class Semaphore: @unchecked Sendable {
    // A semaphore of the system may be used by several threads.
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() { sem_init(semaphore, 0, 0) }
    deinit { semaphore.deallocate() }

    func signal() { sem_post(semaphore) }
    func wait() { while sem_wait(semaphore) != 0 {} }
}
