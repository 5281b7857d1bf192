internal import JSON
internal import OCI

/// The objects of Kubernetes for a node, with the content that buildx gives them.
struct KubernetesDeployment: Sendable {
    /// The name of the container in each pod.
    static let container = "buildkitd"
    private static let image = "moby/buildkit:buildx-stable-1"
    private static let emulatorImage = "tonistiigi/binfmt:latest"
    /// The home folder in the image for users without root.
    private static let rootlessHome = "/home" + "/user"
    private static let configurationFolder = "/etc/buildkit"

    let name: String
    let replicas: Int64
    private let node: BuilderNode
    private let annotations: [String: String]
    private let labels: [String: String]
    private let selector: [String: String]
    private let tolerations: [JSONValue]

    /// The name of the object with the configuration files.
    var configurationName: String { "\(name)-config" }

    /// - Throws: ``ImageError`` if an option is malformed.
    init(name: String, _ node: BuilderNode) throws(ImageError) {
        // Underscores are allowed in names of nodes, but not of deployments.
        self.name = String(name.map { $0 == "_" ? "-" : $0 })
        self.node = node
        replicas = node.options["replicas"].flatMap { Int64($0) } ?? 1
        annotations = try Self.pairs("annotations", of: node)
        labels = try Self.pairs("labels", of: node)
        selector = try Self.pairs("nodeselector", of: node)
        var tolerations: [JSONValue] = []
        for text in node.options["tolerations"]?.split(separator: ";") ?? [] {
            tolerations.append(try Self.toleration(text, of: node))
        }
        self.tolerations = tolerations
    }

    private var isRootless: Bool { node.options["rootless"].flatMap(DriverOptions.truth) ?? false }

    private var allLabels: JSONValue { Self.map(labels.merging(["app": name]) { $1 }) }

    private var allAnnotations: JSONValue {
        var all = annotations
        if !node.platforms.isEmpty {
            all["buildx.docker.com/platform"] = node.platforms.map(\.description).joined(separator: ",")
        }
        if isRootless { all["container.apparmor.security.beta.kubernetes.io/\(Self.container)"] = "unconfined" }
        return Self.map(all)
    }

    /// All objects, as one list.
    var manifest: JSONValue {
        var items: [JSONValue] = []
        if !node.files.isEmpty {
            let files = node.files.mapValues { String(decoding: $0, as: UTF8.self) }
            items.append([
                "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata(configurationName),
                "data": Self.map(files),
            ])
        }
        items.append([
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata(name),
            "spec": [
                "replicas": .integer(replicas), "selector": ["matchLabels": allLabels],
                "template": ["metadata": ["labels": allLabels, "annotations": allAnnotations], "spec": podSpec],
            ],
        ])
        return ["apiVersion": "v1", "kind": "List", "items": .array(items)]
    }

    private func metadata(_ name: String) -> JSONValue {
        ["name": .string(name), "labels": allLabels, "annotations": allAnnotations]
    }

    private var podSpec: JSONValue {
        var spec = JSONObject()
        spec["serviceAccountName"] = node.options["serviceaccount"].map { .string($0) }
        spec["schedulerName"] = node.options["schedulername"].map { .string($0) }
        spec["nodeSelector"] = selector.isEmpty ? nil : Self.map(selector)
        spec["tolerations"] = tolerations.isEmpty ? nil : .array(tolerations)
        if node.options["qemu.install"].flatMap(DriverOptions.truth) ?? false {
            spec["initContainers"] = [
                [
                    "name": "qemu", "image": .string(node.options["qemu.image"] ?? Self.emulatorImage),
                    "args": ["--install", "all"], "securityContext": ["privileged": true],
                ]
            ]
        }
        spec["containers"] = [container]
        var volumes: [JSONValue] = []
        if isRootless { volumes.append(["name": "buildkitd", "emptyDir": [:]]) }
        if !node.files.isEmpty {
            volumes.append(["name": "config", "configMap": ["name": .string(configurationName)]])
        }
        spec["volumes"] = volumes.isEmpty ? nil : .array(volumes)
        return .object(spec)
    }

    private var container: JSONValue {
        var container = JSONObject()
        container["name"] = .string(Self.container)
        container["image"] = .string(node.options["image"] ?? Self.image + (isRootless ? "-rootless" : ""))
        let flags = node.flags + (isRootless ? ["--oci-worker-no-process-sandbox"] : [])
        container["args"] = flags.isEmpty ? nil : .array(flags.map { .string($0) })
        container["securityContext"] =
            isRootless ? ["seccompProfile": ["type": "Unconfined"]] : ["privileged": true]
        container["readinessProbe"] = ["exec": ["command": ["buildctl", "debug", "workers"]]]
        var resources = JSONObject()
        resources["requests"] = amounts("requests")
        resources["limits"] = amounts("limits")
        container["resources"] = resources.isEmpty ? nil : .object(resources)
        var mounts: [JSONValue] = []
        if isRootless {
            mounts.append(["name": "buildkitd", "mountPath": .string("\(Self.rootlessHome)/.local/share/buildkit")])
        }
        if !node.files.isEmpty {
            let folder = isRootless ? "\(Self.rootlessHome)/.config/buildkit" : Self.configurationFolder
            mounts.append(["name": "config", "mountPath": .string(folder)])
        }
        container["volumeMounts"] = mounts.isEmpty ? nil : .array(mounts)
        return .object(container)
    }

    private func amounts(_ kind: String) -> JSONValue? {
        var amounts: [String: String] = [:]
        for name in ["cpu", "memory", "ephemeral-storage"] { amounts[name] = node.options["\(kind).\(name)"] }
        return amounts.isEmpty ? nil : Self.map(amounts)
    }

    private static func map(_ values: [String: String]) -> JSONValue {
        .object(JSONObject(values.map { .init($0.key, .string($0.value)) }).sorted)
    }

    private static func pairs(_ option: String, of node: BuilderNode) throws(ImageError) -> [String: String] {
        var pairs: [String: String] = [:]
        for text in node.options[option]?.split(separator: ",") ?? [] {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw ImageError(
                    .usage, "cannot use the option \(option) of the node \(node.name)", "\"\(text)\" is not NAME=VALUE",
                    advice: "put quotes around several of them: '\"\(option)=A=B,C=D\"'")
            }
            pairs[String(parts[0])] = String(parts[1])
        }
        return pairs
    }

    private static func toleration(_ text: Substring, of node: BuilderNode) throws(ImageError) -> JSONValue {
        var toleration = JSONObject()
        for field in text.split(separator: ",") {
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = parts.count == 2 ? String(parts[1]) : ""
            switch parts[0] {
            case "key", "value", "effect": toleration[String(parts[0])] = .string(value)
            case "operator": toleration["operator"] = .string(value.prefix(1).uppercased() + value.dropFirst())
            case "tolerationSeconds" where Int64(value) != nil:
                toleration["tolerationSeconds"] = Int64(value).map { .integer($0) }
            default:
                throw ImageError(
                    .usage, "cannot use the option tolerations of the node \(node.name)", "\"\(field)\" is unknown",
                    advice: "fields are key, operator, value, effect and tolerationSeconds")
            }
        }
        return .object(toleration)
    }
}
