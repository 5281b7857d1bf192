internal import DockerfileLanguage

/// What a step can have of the machine that no sandbox gives it. Whoever builds has to allow it, for a Dockerfile is as
/// little trusted as the programs that it runs.
package enum Entitlement: String, Hashable, Sendable, CaseIterable {
    /// The network of the machine, the services that only it sees included.
    case hostNetwork = "network.host"
    /// Everything that the machine's root may do.
    case insecureSecurity = "security.insecure"
}

extension RunInstruction {
    /// What it cannot do without.
    ///
    /// - Parameter network: The network of RUN where the instruction does not say.
    func entitlements(network: Network = .default) -> [Entitlement] {
        var needed: [Entitlement] = security == .insecure ? [.insecureSecurity] : []
        if (self.network == .default ? network : self.network) == .host { needed.append(.hostNetwork) }
        return needed
    }
}

extension BuildRequest {
    /// Refuses an instruction that needs what has not been allowed.
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
