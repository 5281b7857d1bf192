internal import Archive
internal import FileSystem
package import OCI

/// What a person is told when something cannot be done with a layer.
package enum LayerFailure {
    /// Runs work, and turns what the rooms below throw into what is thrown here.
    ///
    /// - Parameter attempt: As in "cannot write a layer".
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
            let advice = error.isFull ? "make room there, as with imgtool build prune" : nil
            throw ImageError(.failed, attempt, error.description, advice: advice)
        } catch {
            throw ImageError(.failed, attempt, "\(error)")
        }
    }

    static func changed(_ path: String) -> ImageError {
        ImageError(
            .failed, "cannot read \(path)", "it has changed since the build looked at it",
            advice: "build again when nothing writes to it")
    }
}
