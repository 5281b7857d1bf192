internal import FileSystem
internal import OCI

extension ImageError {
    /// What a refusal of the system means for an image.
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

/// Runs what may fail with ``FileError``, and says what it was part of.
func attempting<Result>(_ attempt: String, _ body: () throws(FileError) -> Result) throws(ImageError) -> Result {
    do { return try body() } catch { throw ImageError(attempt, error) }
}

/// Runs what may fail with ``FileError`` among others, and says what it was part of.
func attempting<Result>(_ attempt: String, _ body: () async throws -> Result) async throws -> Result {
    do { return try await body() } catch let error as FileError { throw ImageError(attempt, error) }
}
