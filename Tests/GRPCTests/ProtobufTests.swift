import GRPC
import Testing

/// A message with a field of each kind.
private struct Sample: ProtobufMessage, Equatable {
    var text = ""
    var number: Int64 = 0
    var list: [String] = []
    var map: [String: String] = [:]
    var flag = false
    var detail: GRPCDetail?

    mutating func take(_ field: ProtobufField) throws(ProtobufError) {
        switch field.number {
        case 1: text = try field.string
        case 2: number = try field.int64
        case 3: list.append(try field.string)
        case 4: try field.insert(into: &map)
        case 5: flag = try field.bool
        case 6: detail = try field.message()
        default: break
        }
    }

    func write(to writer: inout ProtobufWriter) {
        writer.put(1, text)
        writer.put(2, number)
        writer.put(3, list)
        writer.put(4, map)
        writer.put(5, flag)
        writer.put(6, detail)
    }
}

@Suite("Protocol Buffers")
struct ProtobufTests {
    @Test func `have the bytes of the specification`() {
        var sample = Sample()
        #expect(sample.protobuf == [])
        sample.number = 150
        #expect(sample.protobuf == [0x10, 0x96, 0x01])
        sample.text = "testing"
        #expect(sample.protobuf == [0x0A, 0x07] + "testing".utf8 + [0x10, 0x96, 0x01])
    }

    @Test func `keep every value`() throws {
        var sample = Sample()
        sample.text = "é"
        sample.number = -1
        sample.list = ["", "b"]
        sample.map = ["k": "", "l": "v"]
        sample.flag = true
        sample.detail = GRPCDetail()
        #expect(try Sample(protobuf: sample.protobuf) == sample)
        sample.number = .max
        #expect(try Sample(protobuf: sample.protobuf) == sample)
    }

    @Test func `skip fields of unknown numbers, whatever their kind is`() throws {
        let unknown: [UInt8] = [
            0x98, 0x06, 0x01, 0x9D, 0x06, 1, 2, 3, 4, 0x99, 0x06, 1, 2, 3, 4, 5, 6, 7, 8, 0x9A, 0x06, 1, 0,
        ]
        #expect(try Sample(protobuf: unknown + [0x28, 0x01] + unknown).flag)
    }

    @Test func `have maps whose entries may lack key or value`() throws {
        #expect(try Sample(protobuf: [0x22, 0x03, 0x0A, 0x01, 0x61]).map == ["a": ""])
        #expect(try Sample(protobuf: [0x22, 0x00]).map == ["": ""])
    }

    @Test(
        arguments: [
            [0x10], [0x10, 0x80], [0x0A, 0x05, 0x61], [0x0B], [0x00, 0x00],
            [0x0A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
            [0x10] + [UInt8](repeating: 0xFF, count: 11), [0x08, 0x01], [0x12, 0x01, 0x00],
        ] as [[UInt8]])
    func `are refused if they are malformed`(bytes: [UInt8]) {
        #expect(throws: ProtobufError.self) { try Sample(protobuf: bytes) }
    }
}
