internal import FileSystem
internal import JSON
internal import OCI
internal import Processes

/// The task of a ``SandboxProcess``.
struct SandboxTask {
    enum Work {
        case step(SandboxSpec, OCIRuntime)
        /// - Parameter program: fuse-overlayfs, where that is to be tried.
        case overlayTrial(layers: [String], upper: String, work: String, program: String?)
        case emulatorTrial(emulator: String, Architecture)
        /// Holds a network, connected to this machine's by a program, until the other end of the control socket is
        /// closed.
        case network(program: String)
    }

    /// An existing folder, to be covered with a file system in memory.
    let folder: String
    let work: Work
    /// The reason why the process has no full user namespace; `nil` if it has one.
    let shortcoming: UserNamespace.Shortcoming?

    init(folder: String, work: Work) {
        self.folder = folder
        self.work = work
        shortcoming = UserNamespace.shortcoming
    }

    var json: JSONValue {
        var object = JSONObject([.init("folder", .string(folder))])
        if let shortcoming {
            object["shortcoming"] = ["reason": .string(shortcoming.reason), "advice": .string(shortcoming.advice)]
        }
        switch work {
        case .step(let spec, let runtime):
            object["step"] = spec.json
            object["runtime"] = .string(runtime.path)
            object["locksMounts"] = .bool(runtime.locksMounts)
        case .overlayTrial(let layers, let upper, let work, let program):
            object["overlay"] = Mountable.overlay(layers: layers, upper: upper, work: work, program: program).json
        case .emulatorTrial(let emulator, let architecture):
            object["emulation"] = Emulation.ofStep(emulator: emulator, architecture).json
        case .network(let program): object["network"] = .string(program)
        }
        return .object(object)
    }

    init?(json: JSONValue) {
        guard let folder = json["folder"]?.string else { return nil }
        self.folder = folder
        if let reason = json["shortcoming"]?["reason"]?.string, let advice = json["shortcoming"]?["advice"]?.string {
            shortcoming = UserNamespace.Shortcoming(reason: reason, advice: advice)
        } else {
            shortcoming = nil
        }
        if let spec = json["step"].flatMap(SandboxSpec.init(json:)), let runtime = json["runtime"]?.string {
            work = .step(spec, OCIRuntime(path: runtime, locksMounts: json["locksMounts"]?.bool ?? true))
        } else if case .overlay(let layers, let upper, let folder, let program)? = json["overlay"].flatMap(
            Mountable.init(json:))
        {
            work = .overlayTrial(layers: layers, upper: upper, work: folder, program: program)
        } else if case .ofStep(let emulator, let architecture)? = json["emulation"].flatMap(Emulation.init(json:)) {
            work = .emulatorTrial(emulator: emulator, architecture)
        } else if let program = json["network"]?.string {
            work = .network(program: program)
        } else {
            return nil
        }
    }
}

/// The reply of a ``SandboxProcess``.
enum SandboxReply {
    case ended(ProgramResult.Ending)
    case failed(ImageError)

    var json: JSONValue {
        switch self {
        case .ended(.exited(let status)): ["status": .integer(Int64(status))]
        case .ended(.killed(let signal)): ["signal": .integer(Int64(signal))]
        case .failed(let error):
            ["attempt": .string(error.attempt), "reason": .string(error.reason), "advice": .string(error.advice ?? "")]
        }
    }

    init?(json: JSONValue) {
        if let status = json["status"]?.integer {
            self = .ended(.exited(status: Int32(truncatingIfNeeded: status)))
        } else if let signal = json["signal"]?.integer {
            self = .ended(.killed(signal: Int32(truncatingIfNeeded: signal)))
        } else if let attempt = json["attempt"]?.string, let reason = json["reason"]?.string {
            let advice = json["advice"]?.string ?? ""
            self = .failed(ImageError(.failed, attempt, reason, advice: advice.isEmpty ? nil : advice))
        } else {
            return nil
        }
    }
}
