package import OCI

/// The change of one layer of an image.
package struct LayerChange: Sendable, Hashable {
    package enum Kind: String, Sendable {
        case same, new, gone
    }

    package let kind: Kind
    package let descriptor: Descriptor

    /// The layers of both images in one list, from the bottom up, with replaced layers before their replacements.
    package static func all(from old: [Descriptor], to new: [Descriptor]) -> [LayerChange] {
        let difference = new.map(\.digest).difference(from: old.map(\.digest))
        var gone: Set<Int> = []
        var added: Set<Int> = []
        for change in difference {
            switch change {
            case .remove(let offset, _, _): gone.insert(offset)
            case .insert(let offset, _, _): added.insert(offset)
            }
        }
        var changes: [LayerChange] = []
        var position = 0
        for (offset, layer) in new.enumerated() {
            while position < old.count, gone.contains(position) {
                changes.append(LayerChange(kind: .gone, descriptor: old[position]))
                position += 1
            }
            changes.append(LayerChange(kind: added.contains(offset) ? .new : .same, descriptor: layer))
            if !added.contains(offset) { position += 1 }
        }
        return changes + old[position...].map { LayerChange(kind: .gone, descriptor: $0) }
    }
}
