internal import DockerfileLanguage

/// Access to the machine beyond the sandbox. The user has to allow it, since a Dockerfile is as untrusted as the
/// programs that it runs.
package enum Entitlement: String, Hashable, Sendable, CaseIterable {
    /// The network of the machine, including services on its loopback interface.
    case hostNetwork = "network.host"
    /// All privileges of the machine's root user.
    case insecureSecurity = "security.insecure"
}

extension RunInstruction {
    /// The entitlements that the instruction needs.
    ///
    /// - Parameter network: The network of RUN unless the instruction sets one.
    func entitlements(network: Network = .default) -> [Entitlement] {
        var needed: [Entitlement] = security == .insecure ? [.insecureSecurity] : []
        if (self.network == .default ? network : self.network) == .host { needed.append(.hostNetwork) }
        return needed
    }
}

extension BuildRequest {
    /// Refuses an instruction that needs an entitlement that is not allowed.
    ///
    /// - Throws: ``DockerfileError``.
    func checkEntitlements(of instruction: Instruction) throws(DockerfileError) {
        guard case .run(let run) = instruction.content else { return }
        for needed in run.entitlements(network: network) where !allowed.contains(needed) {
            let (asked, what) =
                switch needed {
                case .hostNetwork: ("--network=host", "the network of this machine")
                case .insecureSecurity: ("--security=insecure", "all rights of this machine's root")
                }
            throw DockerfileError(
                at: instruction.range, "RUN \(asked) has \(what), which is not allowed",
                advice: "if you trust what it runs, allow it with --allow \(needed.rawValue)")
        }
    }
}
