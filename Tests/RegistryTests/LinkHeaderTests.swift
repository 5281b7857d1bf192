import Testing

@testable import Registry

@Suite("Link headers")
struct LinkHeaderTests {
    @Test(
        "are read as RFC 8288 writes them",
        arguments: [
            ([#"</v2/a/tags/list?last=b>; rel="next""#], ["/v2/a/tags/list?last=b next"]),
            (["</x>; rel=next"], ["/x next"]),
            (["</x>;rel=next"], ["/x next"]),
            (["  </x> ; REL = \"Next\" "], ["/x next"]),
            (["</x?last=a,b,c>; rel=\"next\""], ["/x?last=a,b,c next"]),
            (["</x>; title=\"a, b; rel=prev\"; rel=\"next\""], ["/x next"]),
            ([#"</x>; title="a \"b\" >; rel=\"up\"", </y>; rel="next""#], ["/x ", "/y next"]),
            (["</x>; rel=\"prev up\", </y>; rel=\"first next\"; type=a"], ["/x prev up", "/y first next"]),
            (["</x>; rel=prev; rel=next"], ["/x prev"]),
            (["</x>; rel=nextfoo"], ["/x nextfoo"]),
            (["</x>; foo; rel=next"], ["/x next"]),
            (["</x>", "</y>; rel=next"], ["/x ", "/y next"]),
            ([",, </x>; rel=next,, </y>"], ["/x next", "/y "]),
            (["", "</x", "x; rel=next", "<", ";", "</x>; rel=\"next"], ["/x next"]),
            (["<>; rel=next"], [" next"]),
        ])
    func parse(headers: [String], expected: [String]) {
        #expect(LinkHeader.parse(headers).map { "\($0.target) \($0.relations.joined(separator: " "))" } == expected)
    }
}
