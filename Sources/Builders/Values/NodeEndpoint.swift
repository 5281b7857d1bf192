package import OCI

/// The address of a node, parsed.
package enum NodeEndpoint: Sendable, Hashable {
    /// This machine.
    case here
    /// A docker context.
    case context(String)
    /// A socket.
    case unix(path: String)
    /// A host and a port, with or without TLS.
    case tcp(host: String, port: UInt16)
    case ssh(SSHAddress)
    /// A container with BuildKit.
    case container(name: String, context: String?)
    /// A pod with BuildKit.
    case pod(PodAddress)
    /// Pods that are created for the builder.
    case deployment(name: String, configuration: String?)
}

/// A machine behind ssh.
package struct SSHAddress: Sendable, Hashable {
    package let user: String?
    package let host: String
    package let port: UInt16?
    /// The path of a socket there; `nil` for the usual one.
    package let path: String?
}

/// A pod of a cluster; `nil` for kubectl's own defaults.
package struct PodAddress: Sendable, Hashable {
    package let name: String
    package let namespace: String?
    package let container: String?
    package let context: String?
}

extension NodeEndpoint {
    private static let forms: [BuilderDriver: String] = [
        .imgtool: "ssh://[user@]host[:port], or nothing for this machine",
        .docker: "a docker context, unix://PATH, tcp://HOST:PORT or ssh://[user@]host[:port]",
        .dockerContainer: "a docker context, unix://PATH, tcp://HOST:PORT or ssh://[user@]host[:port]",
        .remote:
            "unix://PATH, tcp://HOST:PORT, ssh://[user@]host[:port], docker-container://NAME or kube-pod://POD?namespace=…",
        .kubernetes: "made by imgtool; the option namespace chooses where",
    ]

    /// The kinds of addresses that only one driver understands.
    package static func driver(of text: String) -> BuilderDriver? {
        if text.hasPrefix("docker-container://") || text.hasPrefix("kube-pod://") { return .remote }
        return text.hasPrefix("kubernetes://") ? .kubernetes : nil
    }

    /// Parses the endpoint of a node.
    ///
    /// - Throws: ``ImageError``.
    package init(parsing text: String, for driver: BuilderDriver) throws(ImageError) {
        func refuse(_ reason: String) -> ImageError {
            ImageError(
                .usage, "cannot use the endpoint \"\(text)\" with the driver \(driver.rawValue)", reason,
                advice: "it is \(Self.forms[driver] ?? "")")
        }
        let url: EndpointURL?
        do {
            url = try EndpointURL(text)
        } catch {
            throw refuse(error.reason)
        }
        guard let url else {
            switch driver {
            case .imgtool where text.isEmpty: self = .here
            case .docker where Self.isContextName(text), .dockerContainer where Self.isContextName(text):
                self = .context(text)
            case .remote where text.isEmpty, .kubernetes where text.isEmpty: throw refuse("it is missing")
            default: throw refuse("it has no scheme")
            }
            return
        }
        let endpoint: NodeEndpoint
        do {
            endpoint = try url.endpoint
        } catch {
            throw refuse(error.reason)
        }
        switch (driver, endpoint) {
        case (.imgtool, .ssh(let address)) where address.path == nil: break
        case (.imgtool, .ssh): throw refuse("a path means nothing there")
        case (.docker, .unix), (.docker, .tcp), (.docker, .ssh): break
        case (.dockerContainer, .unix), (.dockerContainer, .tcp), (.dockerContainer, .ssh): break
        case (.remote, .unix), (.remote, .tcp), (.remote, .ssh), (.remote, .container), (.remote, .pod): break
        case (.kubernetes, .deployment): break
        default: throw refuse("\(url.scheme):// is for another driver")
        }
        self = endpoint
    }

    /// Docker's rule for names of contexts.
    static func isContextName(_ text: String) -> Bool {
        text.wholeMatch(of: /[a-zA-Z0-9][a-zA-Z0-9_.+-]+/.asciiOnlyCharacterClasses()) != nil
    }
}
