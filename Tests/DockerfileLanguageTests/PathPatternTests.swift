import DockerfileLanguage
import Testing

@Suite("Path patterns")
struct PathPatternTests {
    /// Pattern, path, and whether it is excluded: by itself or with a folder that it is in.
    @Test(
        "exclude what Docker's matcher excludes",
        arguments: [
            ("**", "file", true), ("**/", "file", true), ("**", "dir/file", true), ("**/**", "dir/file", true),
            ("dir/**", "dir/file", true), ("dir/**", "dir/dir2/file", true), ("dir/**", "dir", false),
            ("**/dir", "dir", true), ("**/dir", "dir/file", true), ("**/dir2/*", "dir/dir2/file", true),
            ("**/dir2/**", "dir/dir2/dir3/file", true), ("**file", "file", true), ("**file", "dir/file", true),
            ("**file", "dir/xfile", true), ("**/file", "dir/xfile", false), ("**file*", "dir/xfile", false),
            ("**/file", "dir/dir/file", true), ("**/file*", "dir/dir/file.txt", true),
            ("**/file*txt", "dir/dir/file.txt", true), ("**/file*.txt*", "dir/dir/file.txt", true),
            ("**/**/*.txt", "dir/dir/file.txt", true), ("**/**/*.txt2", "dir/dir/file.txt", false),
            ("**/*.txt", "file.txt", true), ("a**/*.txt", "a/file.txt", true),
            ("a**/*.txt", "a/dir/dir/file.txt", true),
            ("a/*.txt", "a/dir/file.txt", false), ("a/*.txt", "a/file.txt", true), ("a/*.txt**", "a/file.txt", true),
            ("a[b-d]e", "ae", false), ("a[b-d]e", "ace", true), ("a[b-d]e", "aae", false), ("a[^b-d]e", "aze", true),
            (".*", ".foo", true), (".*", "foo", false), ("abc.def", "abcdef", false), ("abc.def", "abcZdef", false),
            ("abc?def", "abcZdef", true), ("abc?def", "abcdef", false), ("a\\\\", "a\\", true), ("a\\*b", "a*b", true),
            ("a\\*b", "axb", false), ("**/foo/bar", "foo/bar", true), ("**/foo/bar", "dir/dir2/foo/bar", true),
            ("abc/**", "abc/def/ghi", true), ("**/.foo", ".foo", true), ("**/.foo", "bar.foo", false),
            ("a(b)c/def", "a(b)c/def", true), ("a(b)c/def", "a(b)c/xyz", false),
            ("a.|)$(}+{bc", "a.|)$(}+{bc", true),
            ("dist/*.whl", "dist/proxy.py-2.4.0rc3.dev36+g08acad9-py3-none-any.whl", true),
            ("*", "abc", true), ("*c", "abc", true), ("a*", "a", true), ("a*", "ab/c", true), ("a*/b", "abc/b", true),
            ("a*/b", "a/c/b", false), ("a*b*c*d*e*/f", "axbxcxdxe/f", true),
            ("a*b*c*d*e*/f", "axbxcxdxexxx/f", true), ("a*b*c*d*e*/f", "axbxcxdxe/xxx/f", false),
            ("a*b?c*x", "abxbbxdbxebxczzx", true), ("a*b?c*x", "abxbbxdbxebxczzy", false), ("ab[c]", "abc", true),
            ("ab[^c]", "abc", false), ("ab[^e-g]", "abc", true), ("a?b", "a☺b", true), ("a[^a]b", "a☺b", true),
            ("a???b", "a☺b", false), ("[a-ζ]*", "α", true), ("*[a-ζ]", "A", false), ("a?b", "a/b", false),
            ("a*b", "a/b", false), ("[\\]a]", "]", true), ("[\\-]", "-", true), ("[x\\-]", "z", false),
            ("[\\-x]", "a", false), ("*x", "xxx", true), ("**/foo**/bar", "a/foo/foobar", true), ("./a", "a", true),
            ("a/../b", "b", true), ("a//b", "a/b", true), ("docs/", "docs/README.md", true), ("x", ".", false),
            ("*", "", false),
        ])
    func single(_ pattern: String, _ path: String, _ excluded: Bool) throws {
        #expect(try PathPatterns([pattern]).excludes(path) == excluded)
    }

    @Test(
        "make exceptions, the last one that matches deciding",
        arguments: [
            ("!fileutils.go *.go", "fileutils.go", true), ("*.go !fileutils.go", "fileutils.go", false),
            ("docs !docs/README.md", "docs/README.md", false), ("docs/* !docs/README.md", "docs/README.md", false),
            ("docs !docs/README.md", "docs/other", true), ("** !util/docker/web", "util/docker/web/foo", false),
            ("** !util/docker/web util/docker/web/foo", "util/docker/web/foo", true),
            ("** !dist/*.whl", "dist/a.whl", false), ("** !dist/*.whl", "dist", true), ("* !src", "src/deep/x", false),
            ("* !src **/*.md", "src/deep/x.md", true), ("* !src **/*.md !src/keep.md", "src/keep.md", false),
            ("a !a a", "a/b", true), ("*.md !README*.md README-secret.md", "README-secret.md", true),
            ("*.md README-secret.md !README*.md", "README-secret.md", false), ("", "x", false),
        ])
    func several(_ patterns: String, _ path: String, _ excluded: Bool) throws {
        let patterns = try PathPatterns(patterns.split(separator: " ").map(String.init))
        #expect(patterns.excludes(path) == excluded)
    }

    @Test(
        "are refused when they cannot be read",
        arguments: ["!", "[", "[]a]", "[-]", "[x-]", "[-x]", "\\", "[a-b-c]", "[^", "[^bc", "a[", "a\\", "[]", "[a"])
    func malformed(_ pattern: String) {
        #expect(throws: PathPatterns.Malformed.self) { try PathPatterns([pattern]) }
    }

    /// What a walk can leave out: patterns, folder, whether everything below is excluded.
    @Test(
        "tell which folders need not be read",
        arguments: [
            ("node_modules", "node_modules", true), ("**/node_modules", "a/node_modules", true),
            ("node_modules !node_modules/keep", "node_modules", false),
            ("node_modules !other/keep", "node_modules", true), ("node_modules !**/keep", "node_modules", false),
            ("* !src/*.go", "src", false), ("* !src/*.go", "docs", true), ("* !src/*/x.go", "src/a", false),
            ("* !src/*/x.go", "src/a/b", true), ("* !src/**", "src", false), ("* !src/**", "lib", true),
            ("* !s?c/x", "src", false), ("* !s?c/x", "source", true), ("* !a*/x", "abc", false),
            ("* !a*/x", "b", true), ("* !ab", "a", true), ("docs", "src", false), ("* !src src/gen", "src/gen", true),
            ("* !src src/gen !src/gen/keep", "src/gen", false), ("a/**", "a", false), ("* !x[a-c]/y", "xb", false),
        ])
    func skipping(_ list: String, _ folder: String, _ skipped: Bool) throws {
        let patterns = try PathPatterns(list.split(separator: " ").map(String.init))
        var verdict = patterns.root
        var path = ""
        for part in folder.split(separator: "/") {
            path += (path.isEmpty ? "" : "/") + part
            verdict = patterns.verdict(on: path, below: verdict)
        }
        #expect(patterns.excludesEverything(below: path, verdict) == skipped)
        #expect(verdict.isExcluded == patterns.excludes(folder))
    }

    @Test("take no exponential time")
    func hostile() throws {
        let path = String(repeating: "a", count: 200) + "/" + String(repeating: "a", count: 200)
        let pattern = String(repeating: "*a", count: 60) + "**/" + String(repeating: "*a", count: 60) + "b"
        #expect(try !PathPatterns([pattern]).excludes(path))
    }

    @Test("never leave out a folder with something in it that is included")
    func sound() throws {
        var random = SeededRandom(seed: 7)
        let pieces = ["a", "b", "ab", "*", "**", "?", "a*", "[ab]", "*b", "**a"]
        let names = ["a", "b", "ab", "ba"]
        for _ in 0..<300 {
            let list = (0..<Int.random(in: 1...4, using: &random)).map { index in
                let parts = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                    pieces.randomElement(using: &random) ?? ""
                }
                return (index > 0 && Bool.random(using: &random) ? "!" : "") + parts.joined(separator: "/")
            }
            let patterns = try PathPatterns(list)
            func walk(_ path: String, _ verdict: PathPatterns.Verdict, depth: Int, skipped: Bool) {
                for name in names {
                    let child = path.isEmpty ? name : path + "/" + name
                    let inner = patterns.verdict(on: child, below: verdict)
                    let agrees = inner.isExcluded == patterns.excludes(child)
                    if !agrees || (skipped && !inner.isExcluded) { Issue.record("\(list) \(child)") }
                    let leavesOut = skipped || patterns.excludesEverything(below: child, inner)
                    if depth > 1 { walk(child, inner, depth: depth - 1, skipped: leavesOut) }
                }
            }
            walk("", patterns.root, depth: 3, skipped: false)
        }
    }
}

@Suite("An ignore file")
struct IgnoreFileTests {
    @Test("has comments in the first column, blank lines, slashes in front, and a byte-order mark")
    func format() throws {
        let text = "\u{FEFF}# comment\r\n /abs \r\n\n  #kept\n! /abs/x\n./rel/\n"
        let patterns = try PathPatterns(ignoreFile: text.utf8)
        for (path, excluded) in [
            ("abs", true), ("abs/y", true), ("abs/x", false), ("#kept", true), ("# comment", false), ("rel/z", true),
        ] {
            #expect(patterns.excludes(path) == excluded, "\(path)")
        }
    }

    @Test("is refused at the line that is wrong")
    func wrong() {
        let error = #expect(throws: DockerfileError.self) {
            try PathPatterns(ignoreFile: "ok\n  a[b\n".utf8, name: ".dockerignore")
        }
        #expect(
            error?.rendering == """
                .dockerignore:2:3: the pattern cannot be read; close every [ with ], and escape one that is meant with \\
                  1 | ok
                  2 |   a[b
                    |   ^^^
                """)
        #expect(throws: DockerfileError.self) { try PathPatterns(ignoreFile: "!".utf8) }
    }
}

@Suite("A source with wildcards")
struct WildcardTests {
    @Test(
        "matches in its folder, and no slash",
        arguments: [
            ("*.go", ".", "*.go", "a.go", true), ("src/*.go", "src", "*.go", "a.go", true),
            ("src/*.go", "src", "*.go", "b/a.go", false), ("a/b*/c", "a", "b*/c", "bx/c", true),
            ("**/x", ".", "**/x", "a/x", true), ("**/x", ".", "**/x", "a/b/x", false), ("**", ".", "**", "a", true),
            ("/etc/host?", "/etc", "host?", "hosts", true), ("[ab]", ".", "[ab]", "b", true),
            ("x\\*y/z*", "x\\*y", "z*", "zz", true),
        ])
    func matching(_ source: String, _ folder: String, _ pattern: String, _ path: String, _ isMatch: Bool) throws {
        let wildcard = try #require(try Wildcard(source))
        #expect(wildcard.folder == folder)
        #expect(wildcard.pattern == pattern)
        #expect(wildcard.matches(path) == isMatch)
        #expect(wildcard.depth == pattern.split(separator: "/").count)
    }

    @Test("is told from one without", arguments: ["a", "a/b", ".", "/", "", "a\\*b", "a]b"])
    func plain(_ source: String) throws {
        #expect(try Wildcard(source) == nil)
    }

    @Test("must be complete", arguments: ["[a", "*[", "a*\\"])
    func malformed(_ source: String) {
        #expect(throws: PathPatterns.Malformed.self) { try Wildcard(source) }
    }
}

@Suite("Hostile patterns")
struct HostilePatternTests {
    @Test("have a number of stars that neither the stack nor anybody's timeout minds")
    func stars() throws {
        #expect(throws: DockerfileError.self) {
            try PathPatterns(ignoreFile: String(repeating: "**/", count: 100_000).utf8)
        }
        #expect(throws: PathPatterns.Malformed.self) { try PathPatterns([String(repeating: "**/", count: 201) + "x"]) }
        let deep = try PathPatterns([String(repeating: "**/", count: 60) + "*x"])
        #expect(!deep.excludes(String(repeating: "a/", count: 100) + "y"))
    }
}
