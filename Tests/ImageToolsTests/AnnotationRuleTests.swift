import ImageTools
import OCI
import Testing

@Suite("An annotation rule")
struct AnnotationRuleTests {
    @Test func `says what carries which key and value`() throws {
        let arm = Platform(os: "linux", architecture: "arm", variant: "v6")
        let windows = Platform(os: "windows", architecture: "amd64", osVersion: "10.0.17763", osFeatures: ["win32k"])
        let cases: [(String, [AnnotationRule.Target], String, String)] = [
            ("a.b=c", [.index], "a.b", "c"),
            ("a=", [.index], "a", ""),
            ("a=b=c", [.index], "a", "b=c"),
            ("index:a=b", [.index], "a", "b"),
            ("manifest-descriptor:a=b", [.manifestDescriptor(nil)], "a", "b"),
            ("manifest-descriptor[linux/arm/v6]:a=b", [.manifestDescriptor(arm)], "a", "b"),
            ("index,manifest-descriptor:a=b", [.index, .manifestDescriptor(nil)], "a", "b"),
            ("manifest-descriptor[windows(10.0.17763+win32k)/amd64]:a=b", [.manifestDescriptor(windows)], "a", "b"),
            ("org.example:key=b", [.index], "org.example:key", "b"),
            ("index:org.example:key=b", [.index], "org.example:key", "b"),
        ]
        for (text, targets, key, value) in cases {
            let rule = try AnnotationRule(parsing: text)
            #expect(rule.targets == targets, "\(text)")
            #expect(rule.key == key, "\(text)")
            #expect(rule.value == value, "\(text)")
        }
    }

    @Test(arguments: [
        ("a", "no ="), ("=b", "key is missing"), ("index:=b", "key is missing"),
        ("index[linux/amd64]:a=b", "no platform"), ("manifest-descriptor[linux/amd64:a=b", "not closed"),
        ("manifest-descriptor[linux/none]:a=b", "\"none\" is not an architecture"),
        ("manifest:a=b", "would change its digest"), ("index-descriptor:a=b", "index:"),
    ])
    func `that makes no sense is refused with the reason`(text: String, reason: String) {
        let error = #expect(throws: ImageError.self) { try AnnotationRule(parsing: text) }
        #expect(error?.code == .usage)
        #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    }
}
