package import BuildPlan
package import OCI

/// A snapshot of files as a stack of layers, the lowest first.
package struct Snapshot: Sendable, Hashable {
    /// A layer: of an image, or made by a step.
    package struct Layer: Sendable, Hashable {
        /// The content digest of a layer that was made, the diff id of an image's.
        package let id: Digest
        /// Where an image's layer is to be had.
        package let origin: Origin?
    }

    /// A layer of an image.
    package struct Origin: Sendable, Hashable {
        package let descriptor: Descriptor
        /// The image's name, as the Dockerfile has it.
        package let image: String
    }

    /// The topmost layer, and the snapshot below it, which all trees on that one share: each step of a build has a snapshot, and
    /// lists of all their layers would take a room that grows with the square of the steps.
    private final class Node: @unchecked Sendable {  // Only the end of its life changes it.
        let layer: Layer
        /// Of the snapshot whose top it is.
        let chainID: Digest
        private(set) var below: Node?

        init(_ layer: Layer, chainID: Digest, on below: Node?) {
            self.layer = layer
            self.chainID = chainID
            self.below = below
        }

        /// One after the other: in one another, the ends of many would need more stack than there is.
        deinit {
            var next = below.take()
            while isKnownUniquelyReferenced(&next) {
                let following = next?.below
                next?.below = nil
                next = following
            }
        }
    }

    private static let emptyChainID = Digest(of: [])

    private let top: Node?

    /// No files.
    package static let empty = Snapshot(top: nil)

    private init(top: Node?) { self.top = top }

    package init(of image: BaseImage) {
        var snapshot = Snapshot.empty
        for layer in image.layers {
            snapshot = snapshot.adding(
                Layer(id: layer.diffID, origin: Origin(descriptor: layer.descriptor, image: image.name)))
        }
        self = snapshot
    }

    /// What tells trees apart: the layers and their order.
    package var chainID: Digest { top?.chainID ?? Self.emptyChainID }

    package static func == (one: Snapshot, other: Snapshot) -> Bool { one.chainID == other.chainID }
    package func hash(into hasher: inout Hasher) { hasher.combine(chainID) }

    package var isEmpty: Bool { top == nil }

    /// The layers, the lowest first.
    package var layers: [Layer] { descending.reversed() }

    /// The layers, the topmost first, each found when it is asked for.
    var descending: some Sequence<Layer> {
        sequence(state: top) { node in
            defer { node = node?.below }
            return node?.layer
        }
    }

    /// The snapshot with one more layer on top.
    func adding(_ layer: Layer) -> Snapshot {
        Snapshot(top: Node(layer, chainID: Digest(of: Array("\(chainID) \(layer.id)".utf8)), on: top))
    }

    /// The snapshot without its topmost layers.
    func without(top count: Int) -> Snapshot {
        var node = top
        for _ in 0..<count { node = node?.below }
        return Snapshot(top: node)
    }

    /// The snapshot with a layer that a step has made, if it has made one.
    func adding(made layer: Digest?) -> Snapshot {
        layer.map { adding(Layer(id: $0, origin: nil)) } ?? self
    }
}
