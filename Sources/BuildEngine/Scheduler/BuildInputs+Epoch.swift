internal import Archive
package import BuildPlan
internal import Concurrency
internal import FileSystem
internal import OCI
internal import Snapshots

extension BuildInputs {
    /// Resolves `SOURCE_DATE_EPOCH` to seconds since 1970, fetching the file if it names one.
    ///
    /// - Returns: `nil` if there is no time.
    /// - Throws: ``ImageError``; `CancellationError`.
    package func seconds(of epoch: SourceDateEpoch, in workspace: Workspace) async throws -> Int64? {
        switch epoch {
        case .notGiven, .timeless: return nil
        case .seconds(let seconds): return seconds
        case .file(let url, let checksum, let range):
            let scratch = try workspace.layers.newFolder()
            defer { try? workspace.layers.discard(scratch) }
            do {
                return try await seconds(of: url, checksum, in: scratch)
            } catch let error as ImageError {
                throw ImageError(error.code, "\(range): \(error.attempt)", error.reason, advice: error.advice)
            }
        }
    }

    private func seconds(of url: String, _ checksum: String?, in scratch: String) async throws -> Int64? {
        let file = try await download(url, scratch)
        return try await OwnThread.run {
            if let checksum { try file.verify(checksum, "cannot use \(url.maskingUserInfo)") }
            return try file.modified ?? Self.latestTime(in: file.path)
        }
    }

    /// The latest time of a file in an archive; `nil` if it is not a readable archive.
    private static func latestTime(in path: String) throws -> Int64? {
        let probe = try OpenFile(path, for: .reading).read(TarReader.probeSize, at: 0)
        guard try TarReader.isArchive(firstBytes: probe) else { return nil }
        var latest: Int64?
        do {
            let reader = try TarReader(OpenFile(path, for: .reading).pieces())
            while let entry = try reader.next() {
                if case .file = entry.kind { latest = max(latest ?? entry.modified, entry.modified) }
            }
        } catch is ArchiveError {
            return nil
        }
        return latest
    }
}
