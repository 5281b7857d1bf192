package import OCI
internal import Spelling
internal import Units

/// The options of drivers: what `--driver-opt` accepts.
package enum DriverOptions {
    private enum Kind {
        case text
        case path
        case integer
        case size
        case duration
        case truth
        case quantity
        case choice([String])
    }

    private static let certificates: [String: Kind] = [
        "cacert": .path, "cert": .path, "key": .path, "servername": .text, "default-load": .truth,
    ]

    private static let known: [BuilderDriver: [String: Kind]] = [
        .imgtool: ["program": .path],
        .docker: certificates,
        .remote: certificates,
        .dockerContainer: [
            "image": .text, "network": .text, "memory": .size, "memory-swap": .size, "cpu-quota": .integer,
            "cpu-period": .integer, "cpu-shares": .integer, "cpuset-cpus": .text, "cpuset-mems": .text,
            "cgroup-parent": .text, "restart-policy": .text, "default-load": .truth, "provenance-add-gha": .truth,
        ],
        .kubernetes: [
            "image": .text, "namespace": .text, "replicas": .integer, "requests.cpu": .quantity,
            "requests.memory": .quantity, "requests.ephemeral-storage": .quantity, "limits.cpu": .quantity,
            "limits.memory": .quantity, "limits.ephemeral-storage": .quantity, "nodeselector": .text,
            "annotations": .text, "labels": .text, "tolerations": .text, "serviceaccount": .text,
            "schedulername": .text, "rootless": .truth, "loadbalance": .choice(["sticky", "random"]),
            "qemu.install": .truth, "qemu.image": .text, "timeout": .duration, "default-load": .truth,
        ],
    ]

    /// The names of a driver's options, sorted.
    static func names(of driver: BuilderDriver) -> [String] { (known[driver] ?? [:]).keys.sorted() }

    /// Parses and checks options.
    ///
    /// - Parameter fields: Options in the form `NAME=VALUE`; the last one of a name counts.
    /// - Throws: ``ImageError``.
    package static func parse(_ fields: [String], for driver: BuilderDriver) throws(ImageError) -> [String: String] {
        var options: [String: String] = [:]
        for field in fields {
            guard let equals = field.firstIndex(of: "=") else {
                throw ImageError(
                    .usage, "cannot read --driver-opt \(field)", "there is no value", advice: "write it as NAME=VALUE")
            }
            let name = String(field[..<equals])
            let value = String(field[field.index(after: equals)...])
            try check(name, value, for: driver)
            options[name] = value
        }
        try checkCertificates(options, for: driver)
        return options
    }

    private static func check(_ name: String, _ value: String, for driver: BuilderDriver) throws(ImageError) {
        if driver == .dockerContainer, name.hasPrefix("env."), name.count > 4 { return }
        let attempt = "cannot use --driver-opt \(name)=\(value)"
        guard let kind = known[driver]?[name] else {
            let names = names(of: driver)
            let advice = NearestName.of(name, in: names).map { "did you mean \($0)?" }
            throw ImageError(
                .usage, attempt, "the driver \(driver.rawValue) has no such option",
                advice: advice ?? "it has \(names.joined(separator: ", "))")
        }
        if let wish = unmetWish(kind, value) { throw ImageError(.usage, attempt, "it needs \(wish)") }
    }

    /// The expectation that a value fails; `nil` if it is right.
    private static func unmetWish(_ kind: Kind, _ value: String) -> String? {
        switch kind {
        case .text: value.isEmpty ? "a value" : nil
        case .path: value.hasPrefix("/") ? nil : "an absolute path"
        case .integer: Int64(value) == nil ? "a whole number" : nil
        case .size: value == "-1" || ByteSize(parsing: value) != nil ? nil : "a size, as in 512m"
        case .duration: Duration(parsing: value) == nil ? "a length of time, as in 2m" : nil
        case .truth: truth(value) == nil ? "true or false" : nil
        case .quantity:
            value.wholeMatch(of: /[0-9]+(?:\.[0-9]+)?(?:m|[kKMGTPE]i?)?/) == nil ? "an amount, as in 100m or 1Gi" : nil
        case .choice(let values): values.contains(value) ? nil : values.joined(separator: " or ")
        }
    }

    /// The meaning of one of Go's words for truth (strconv.ParseBool).
    package static func truth(_ text: String) -> Bool? {
        switch text {
        case "1", "t", "T", "true", "TRUE", "True": true
        case "0", "f", "F", "false", "FALSE", "False": false
        default: nil
        }
    }

    private static func checkCertificates(_ options: [String: String], for driver: BuilderDriver) throws(ImageError) {
        guard driver == .remote || driver == .docker else { return }
        for (one, other) in [("cert", "key"), ("key", "cert")] where options[one] != nil && options[other] == nil {
            throw ImageError(.usage, "cannot use --driver-opt \(one)=", "\(other)= is missing")
        }
        if options["cert"] != nil || options["servername"] != nil, options["cacert"] == nil {
            throw ImageError(
                .usage, "cannot use TLS for the driver \(driver.rawValue)", "cacert= is missing",
                advice: "name the certificate of the authority with --driver-opt cacert=/PATH")
        }
    }
}
