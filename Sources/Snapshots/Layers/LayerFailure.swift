internal import Archive
package import FileSystem
internal import Glibc
package import OCI

/// Errors of operations on layers.
package enum LayerFailure {
    /// Runs a body, and converts errors of lower modules.
    ///
    /// - Parameter attempt: The operation, such as "cannot write a layer".
    package static func explaining<Result>(_ attempt: String, _ work: () throws -> Result) throws(ImageError) -> Result
    {
        do {
            return try work()
        } catch let error as ImageError {
            throw error
        } catch let error as ArchiveError {
            let isBad = [.damaged, .truncated, .name, .size].contains(error.kind)
            throw ImageError(isBad ? .verification : .failed, attempt, error.description)
        } catch let error as FileError {
            let advice = error.isFull ? "free some space there, for instance with imgtool build prune" : nil
            throw ImageError(.failed, attempt, error.description, advice: advice)
        } catch {
            throw ImageError(.failed, attempt, "\(error)")
        }
    }

    /// The error for a file that cannot be given to its owner.
    package static func ofOwner(_ error: FileError, _ path: String, user: UInt32, group: UInt32) -> any Error {
        guard [EPERM, EINVAL].contains(error.code), let shortcoming = UserNamespace.shortcoming else { return error }
        return ImageError(
            .failed, "cannot give \(path) to \(user):\(group)", shortcoming.reason, advice: shortcoming.advice)
    }

    static func changed(_ path: String) -> ImageError {
        ImageError(
            .failed, "cannot read \(path)", "it has changed since the build looked at it",
            advice: "build again when it no longer changes")
    }
}
