package import BuildPlan
package import OCI

/// A tree of files as a stack of layers, the lowest first.
package struct Tree: Sendable, Hashable {
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

    /// What tells trees apart: the layers and their order.
    package let identity: Digest
    package let layers: [Layer]

    /// No files.
    package static let empty = Tree(identity: Digest(of: []), layers: [])

    private init(identity: Digest, layers: [Layer]) {
        self.identity = identity
        self.layers = layers
    }

    package init(of image: BaseImage) {
        var tree = Tree.empty
        for layer in image.layers {
            tree = tree.adding(
                Layer(id: layer.diffID, origin: Origin(descriptor: layer.descriptor, image: image.name)))
        }
        self = tree
    }

    /// The tree with one more layer on top.
    func adding(_ layer: Layer) -> Tree {
        Tree(identity: Digest(of: Array("\(identity) \(layer.id)".utf8)), layers: layers + [layer])
    }

    /// The tree without its topmost layers.
    func without(top count: Int) -> Tree {
        count == 0 ? self : layers.dropLast(count).reduce(.empty) { $0.adding($1) }
    }

    /// The tree with a layer that a step has made, if it has made one.
    func adding(made layer: Digest?) -> Tree {
        layer.map { adding(Layer(id: $0, origin: nil)) } ?? self
    }
}
