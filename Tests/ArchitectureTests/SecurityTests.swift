import Testing

/// What keeps holes from coming back that were closed once.
@Suite("Security")
struct SecurityTests {
    /// Modules that work with numbers, names and files of strangers, apart from builds.
    private static let modules = [
        "Registry", "ImageLayout", "ImageTools", "OCI", "Terminal", "HTTP", "FileSystem", "imgtool",
    ]

    private static let files = SourceTree.sources.filter { file in
        modules.contains(file.module) && !file.path.hasPrefix("Sources/imgtool/Building/")
    }

    @Test func `adds up no sizes of strangers in a way that could end the program`() {
        // Sizes and offsets that are known to be small, or of what is there.
        let harmless = [
            "state.position += Int64(amount)", "state.position += Int64(piece.count) - skipped",
            "position += Int64(piece.count)", "position += Int64(bytes.count)", "written += try calling",
            "off_t(offset) + off_t(written)", "extent.offset + offset", "extent.offset + extent.size",
            "size - offset", "end - offset", "size += new.bytes", "size - own", "result.reserveCapacity(",
        ]
        let sum =
            /reduce\(0[ ,)]|\b\w*(?:[sS]ize|[oO]ffset|[lL]ength|minimumChunk|position)\b\)? *(?:\+|\*|<<|\+=) *\w*(?:[sS]ize|[oO]ffset|step|count|amount|bytes)/
        for file in Self.files
        where !file.path.hasPrefix("Sources/Terminal/Template/") && !file.path.hasSuffix("/CappedSum.swift") {
            let suspect = file.lines.filter { line in
                line.contains(sum) && !line.contains("count") && !line.contains("Width")
                    && !harmless.contains { line.contains($0) }
            }
            #expect(suspect == [], "\(file): use capped(adding:) or cappedSum")
        }
    }

    @Test func `reads numbers of headers by their digits alone`() {
        for file in Self.files where file.module == "Registry" {
            #expect(
                file.lines.filter { $0.contains("flatMap(Int64.init)") || $0.contains("flatMap(Int.init)") } == [],
                "\(file)")
        }
    }

    @Test func `opens files in layouts as regular ones, and writes beneath an open folder`() {
        for file in Self.files where file.module == "ImageLayout" {
            let isArchive = file.path.contains("/Archives/")
            let suspect = file.lines.filter { line in
                if line.contains("for: .reading") || line.contains("for: .appending") { return !isArchive }
                if line.contains("File.read("), !line.contains("for: .content") { return !isArchive }
                return line.contains("File.replace(") || line.contains("File.rename(")
                    || line.contains("for: .updating")
                    || line.contains("for: .overwriting")
            }
            #expect(suspect == [], "\(file)")
        }
    }

    @Test func `gives new files names that nobody can guess`() {
        for file in SourceTree.sources where file.module == "FileSystem" {
            #expect(file.lines.filter { $0.contains("\".new") && !$0.contains("prefix") } == [], "\(file)")
        }
    }

    @Test func `shows lines to people through what escapes them`() {
        for file in Self.files where file.module == "imgtool" {
            let raw = file.lines.filter {
                $0.contains(/StandardOutput\.write\(\w+\.map/) || $0.contains("DescriptorWriter.write")
            }
            let exempt = ["StandardStreams.swift", "PlatformCommand.swift", "LoginCommand.swift"]
            #expect(raw == [] || exempt.contains { file.path.hasSuffix($0) }, "\(file)")
        }
    }

    @Test func `sends credentials from two places only`() {
        let senders = SourceTree.sources.filter { $0.text.contains("headers[\"Authorization\"]") }.map(\.path)
        #expect(
            senders.sorted() == [
                "Sources/Registry/Authorization/TokenService.swift",
                "Sources/Registry/Client/RegistryHost+Exchange.swift",
            ])
    }

    @Test func `names a test for every sentence of SECURITY.md that promises something`() throws {
        let names = SourceTree.tests.map(\.text).joined()
        let text = try SourceTree.text("SECURITY.md")
        let promises = text.split(separator: "\n- ").dropFirst().compactMap { $0.split(separator: "\n\n").first }
        #expect(promises.count > 20)
        for promise in promises {
            let suites = promise.matches(of: /\[`(\w+)`\]/).map { String($0.1) }
            #expect(!suites.isEmpty, "\(promise)")
            for suite in suites {
                #expect(names.contains("struct \(suite)") || names.contains("class \(suite)"), "\(suite)")
            }
        }
    }
}
