internal import Builders

/// This machine as a node.
enum ThisMachine {
    /// Its state: the version of the program, and the platforms that it runs, natively or with emulators.
    static var status: NodeStatus {
        var status = NodeStatus(.running)
        status.version = Version.text
        let platforms = HostPlatforms.all()
        status.platforms = platforms.map(\.platform)
        status.emulated = platforms.filter { $0.emulator != nil }.map(\.platform)
        return status
    }
}
