/// The signals that STOPSIGNAL accepts.
package enum StopSignal {
    /// Returns true if the text is a Linux signal: a number, or a name with or without `SIG`.
    package static func isKnown(_ text: String) -> Bool {
        if let number = Int(text) { return (1...64).contains(number) }
        let upper = text.uppercased()
        let name = upper.hasPrefix("SIG") ? String(upper.dropFirst(3)) : upper
        return names.contains(name) || isRealTime(name)
    }

    private static func isRealTime(_ name: String) -> Bool {
        if name == "RTMIN" || name == "RTMAX" { return true }
        guard name.hasPrefix("RTMIN+") || name.hasPrefix("RTMAX-"), let offset = Int(name.dropFirst(6)) else {
            return false
        }
        return (1...15).contains(offset)
    }

    private static let names: Set<String> = [
        "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL", "PIPE", "POLL",
        "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP", "TTIN", "TTOU", "URG", "USR1",
        "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ",
    ]
}
