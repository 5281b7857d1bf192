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
            (["</x>; rel=\"next"], ["/x next"]),
            (["<>; rel=next"], [" next"]),
            (["</x>; rel=\"next last\""], ["/x next last"]),
            (["</x?a=1,2&b=;rel=prev>; title*=UTF-8''a%2Cb; rel=\"next\""], ["/x?a=1,2&b=;rel=prev next"]),
            (["/v2/a/tags/list?last=a,b&n=3; rel=\"next\""], ["/v2/a/tags/list?last=a,b&n=3 next"]),
            (["http://h/x;rel=next"], ["http://h/x next"]),
        ])
    func parse(headers: [String], expected: [String]) {
        let list = LinkHeader.parse(headers)
        #expect(list.malformed.isEmpty)
        #expect(list.links.map { "\($0.target) \($0.relations.joined(separator: " "))" } == expected)
    }

    @Test(
        "are read as far as they are well formed",
        arguments: [("</x", 0), ("<", 0), (";", 0), ("</a>; rel=up </b>", 1)])
    func malformed(header: String, links: Int) {
        let list = LinkHeader.parse([header])
        #expect(list.malformed == [header])
        #expect(list.links.count == links)
    }
}
