internal import FileSystem
internal import OCI

extension ImageError {
    /// The error of an operation on images that a file error caused.
    init(_ attempt: String, _ error: FileError) {
        let advice: String? =
            if error.isFull {
                "free some space and run the command again"
            } else if error.isTimeout {
                "wait for that process or end it, then run the command again"
            } else {
                nil
            }
        self.init(.failed, attempt, "\(error)", advice: advice)
    }
}

/// Runs a body that throws ``FileError``, and adds the operation.
func attempting<Result>(_ attempt: String, _ body: () throws(FileError) -> Result) throws(ImageError) -> Result {
    do { return try body() } catch { throw ImageError(attempt, error) }
}

/// Runs a body that throws ``FileError`` among others, and adds the operation.
func attempting<Result>(_ attempt: String, _ body: () async throws -> Result) async throws -> Result {
    do { return try await body() } catch let error as FileError { throw ImageError(attempt, error) }
}
