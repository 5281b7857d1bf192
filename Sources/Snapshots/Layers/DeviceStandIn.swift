internal import CLinux
internal import FileSystem
internal import Glibc

/// An empty file in a layer that stands for a device node, since only the machine's root can make those. An attribute
/// says which. Images that are made of such layers contain the node.
enum DeviceStandIn {
    /// Its value is `c` or `b`, a space, and the number of the device.
    static let attribute = "user.imgtool.device"

    /// - Parameter type: `S_IFCHR` or `S_IFBLK`.
    static func create(
        _ name: OpenFolder.Name, in folder: OpenFolder, _ type: mode_t, _ device: dev_t
    ) throws(FileError) {
        try folder.createFile(name, permissions: 0o600)
        let text = "\(type == S_IFBLK ? "b" : "c") \(device)"
        try ExtendedAttributes.set(attribute, Array(text.utf8), of: folder.procPath(name))
    }

    /// The type and number of the device that a file stands for.
    ///
    /// - Parameters:
    ///   - size: The size of the file, in bytes.
    ///   - path: The path of a regular file, with a zero byte at the end.
    static func device(
        ofSize size: Int64, at path: OpenFolder.Name
    ) throws(FileError) -> (type: mode_t, number: dev_t)? {
        guard size == 0, !UserNamespace.isRoot, let value = try ExtendedAttributes.value(attribute, of: path) else {
            return nil
        }
        let words = String(decoding: value, as: UTF8.self).split(separator: " ")
        guard words.count == 2, let number = dev_t(words[1]) else { return nil }
        return (words[0] == "b" ? S_IFBLK : S_IFCHR, number)
    }
}

extension FileStatus {
    /// The status of the device node that the file may stand for; else the same status.
    func resolved(at path: BytePath) throws(FileError) -> FileStatus {
        guard kind == .file, let (type, number) = try DeviceStandIn.device(ofSize: size, at: path.name) else {
            return self
        }
        let (major, minor) = (clinux_device_major(number), clinux_device_minor(number))
        var status = self
        status.kind =
            type == S_IFBLK ? .blockDevice(major: major, minor: minor) : .characterDevice(major: major, minor: minor)
        return status
    }
}
