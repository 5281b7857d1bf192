internal import Glibc
internal import Registry

/// The folder of the build cache: `$IMGTOOL_CACHE`, else `imgtool` in `$XDG_CACHE_HOME` or `~/.cache`.
enum CacheFolder {
    static var path: String {
        let locations = StoreDirectory.locations
        if let path = locations.environment["IMGTOOL_CACHE"], !path.isEmpty { return absolute(path) }
        let cache = locations.environment["XDG_CACHE_HOME"] ?? ""
        return (cache.hasPrefix("/") ? cache : "\(locations.home)/.cache") + "/imgtool"
    }

    private static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        guard let here = getcwd(nil, 0) else { return path }
        defer { free(here) }
        return "\(String(cString: here))/\(path)"
    }
}
