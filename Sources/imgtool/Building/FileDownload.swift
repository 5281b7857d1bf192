internal import BuildEngine
internal import FileSystem
internal import Glibc
internal import HTTP
internal import ImageTools
internal import OCI

/// Downloads the remote sources of ADD.
struct FileDownload {
    private static let maximumRedirects = 10
    private static let attempts = 3

    private let client: HTTPClient
    private let security: TransportSecurity
    private let proxies: [String: String]
    private let progress: TransferProgress

    /// - Parameter proxies: Proxies for when the environment has none, by the upper-case names of their variables.
    init(security: TransportSecurity, proxies: [String: String] = [:], progress: TransferProgress) {
        self.proxies = proxies
        self.progress = progress
        client = HTTPClient(userAgent: "imgtool/\(Version.text)")
        self.security = security
    }

    /// - Parameter folder: The folder for the file.
    /// - Throws: ``ImageError`` with the server's response if that is not the file.
    func fetch(_ url: String, into folder: String) async throws -> BuildInputs.Download {
        var attempt = 1
        while true {
            do {
                return try await exchange(url, into: folder)
            } catch let error as HTTPError {
                guard attempt < Self.attempts else {
                    throw ImageError(.failed, "cannot fetch \(url.maskingUserInfo)", error.description)
                }
                attempt += 1
                try await Task.sleep(for: .milliseconds(300 * attempt))
            }
        }
    }

    private func exchange(_ url: String, into folder: String) async throws -> BuildInputs.Download {
        var address = url
        for _ in 0...Self.maximumRedirects {
            var request = HTTPRequest("GET", address, security: security)
            request.proxy = proxy(for: address)
            let response = try await client.send(request)
            if (300..<400).contains(response.status), let location = response.headers["Location"],
                let next = HTTPURL.resolve(location, against: address)
            {
                address = next
                continue
            }
            guard response.status == 200 else {
                throw ImageError(
                    response.status == 404 ? .notFound : .failed, "cannot fetch \(url.maskingUserInfo)",
                    "the server answered with status \(response.status)")
            }
            return try await save(response, as: try name(of: address, for: url), in: folder)
        }
        throw ImageError(
            .failed, "cannot fetch \(url.maskingUserInfo)", "it redirects more than \(Self.maximumRedirects) times")
    }

    private func proxy(for url: String) -> HTTPProxy? {
        let names = [url.lowercased().hasPrefix("https:") ? "HTTPS_PROXY" : "HTTP_PROXY", "ALL_PROXY"]
        let own = names + names.map { $0.lowercased() }
        if own.contains(where: { getenv($0).map { $0.pointee != 0 } ?? false }) { return nil }
        return names.lazy.compactMap { proxies[$0] }.first.map { server in
            HTTPProxy(server: server, exceptions: proxies["NO_PROXY"] ?? "")
        }
    }

    private func save(
        _ response: HTTPResponse, as name: String, in folder: String
    ) async throws -> BuildInputs.Download {
        let size = response.headers["Content-Length"].flatMap { Int64($0) }
        let ticket = progress.begin(name, detail: "file", total: size)
        do {
            let download = try await receive(response, as: name, in: folder) { ticket.advance(by: $0) }
            ticket.end(.success(.written))
            return download
        } catch {
            ticket.end(.failure(error))
            throw error
        }
    }

    private func receive(
        _ response: HTTPResponse, as name: String, in folder: String, progress: (Int) -> Void
    ) async throws -> BuildInputs.Download {
        let path = "\(folder)/download-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        do {
            var file = try NewFile(in: folder)
            while let piece = try await response.body.next() {
                try file.write(piece)
                progress(piece.count)
            }
            try file.commit(as: path)
        } catch let error as FileError {
            throw ImageError(
                .failed, "cannot save the response of \(response.url.maskingUserInfo)", error.description)
        }
        let modified = response.headers["Last-Modified"].flatMap(HTTPURL.date).map(Int64.init)
        return BuildInputs.Download(path: path, name: name, modified: modified)
    }

    /// The last part of the URL's path, after redirects.
    private func name(of address: String, for url: String) throws(ImageError) -> String {
        let path = address.prefix { $0 != "?" && $0 != "#" }
        let parts = path.split(separator: "/", omittingEmptySubsequences: true).dropFirst(2)
        let name = parts.last.map(String.init) ?? "download"
        guard ![".", ".."].contains(name) else {
            throw ImageError(
                .failed, "cannot fetch \(url.maskingUserInfo)", "\"\(name)\" cannot be the name of a file",
                advice: "use an address that ends in a name")
        }
        return name
    }
}
