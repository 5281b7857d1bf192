/// Unpredictable names for files that are being written, so that no other user can put something there first.
package enum TemporaryName {
    /// - Parameter prefix: A prefix by which leftovers are recognised.
    package static func random(_ prefix: String = ".new-") -> String {
        prefix + String(UInt64.random(in: .min ... .max), radix: 36)
    }
}
