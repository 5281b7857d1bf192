package import BuildPlan
package import OCI

/// A snapshot of files as a stack of layers, the lowest first.
package struct Snapshot: Sendable, Hashable {
    /// A layer of an image, or made by a step.
    package struct Layer: Sendable, Hashable {
        /// The digest of the content for a layer made by a step, the diff ID for an image's.
        package let id: Digest
        /// The origin of an image's layer.
        package let origin: Origin?
    }

    /// A layer of an image.
    package struct Origin: Sendable, Hashable {
        package let descriptor: Descriptor
        /// The name of the image in the Dockerfile.
        package let image: String
    }

    /// The topmost layer, and the snapshot below it, which all snapshots on top share: every step of a build has a
    /// snapshot, and separate lists of their layers would take quadratic memory.
    private final class Node: @unchecked Sendable {  // Only deinit changes it.
        let layer: Layer
        /// The chain ID of the snapshot with this layer on top.
        let chainID: Digest
        private(set) var below: Node?

        init(_ layer: Layer, chainID: Digest, on below: Node?) {
            self.layer = layer
            self.chainID = chainID
            self.below = below
        }

        /// Releases nodes iteratively, since recursion could exhaust the stack.
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

    /// The identity of the snapshot: its layers and their order.
    var chainID: Digest { top?.chainID ?? Self.emptyChainID }

    package static func == (one: Snapshot, other: Snapshot) -> Bool { one.chainID == other.chainID }
    package func hash(into hasher: inout Hasher) { hasher.combine(chainID) }

    package var isEmpty: Bool { top == nil }

    /// The layers, the lowest first.
    package var layers: [Layer] { descending.reversed() }

    /// The layers, the topmost first, found on demand.
    var descending: some Sequence<Layer> {
        sequence(state: top) { node in
            defer { node = node?.below }
            return node?.layer
        }
    }

    /// The snapshot with another layer on top.
    func adding(_ layer: Layer) -> Snapshot {
        Snapshot(top: Node(layer, chainID: Digest(of: Array("\(chainID) \(layer.id)".utf8)), on: top))
    }

    /// The snapshot without its topmost layers.
    func without(top count: Int) -> Snapshot {
        var node = top
        for _ in 0..<count { node = node?.below }
        return Snapshot(top: node)
    }

    /// The snapshot with a layer made by a step, if there is one.
    func adding(made layer: Digest?) -> Snapshot {
        layer.map { adding(Layer(id: $0, origin: nil)) } ?? self
    }
}
