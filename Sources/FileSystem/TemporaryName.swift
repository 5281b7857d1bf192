/// Names of files that are being written. Nobody can guess one and put something there first.
enum TemporaryName {
    /// - Parameter prefix: By which leftovers are recognised.
    static func random(_ prefix: String = ".new-") -> String {
        prefix + String(UInt64.random(in: .min ... .max), radix: 36)
    }
}
