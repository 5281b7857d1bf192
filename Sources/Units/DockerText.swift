extension ByteSize {
    /// The size as Docker's tables show it, in decimal units with up to four significant digits, such as `8.192kB`.
    package var dockerText: String {
        var scale: UInt64 = 1
        var units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"][...]
        let magnitude = count.magnitude
        while magnitude / scale >= 1000, units.count > 1 {
            scale *= 1000
            units = units.dropFirst()
        }
        // Thousandths, rounded to the digits that remain beside the whole part.
        let whole = magnitude / scale
        let digits = whole < 10 ? 3 : whole < 100 ? 2 : 1
        let power: Double = [1: 10, 2: 100, 3: 1000][digits] ?? 1
        let rounded = (Double(magnitude) / Double(scale) * power).rounded() / power
        var text = "\(rounded)"
        if text.hasSuffix(".0") { text.removeLast(2) }
        return (count < 0 ? "-" : "") + text + (units.first ?? "")
    }
}

extension Duration {
    /// The duration in the words of Docker's tables, such as `About a minute` or `3 days`.
    package var dockerText: String {
        let seconds = components.seconds
        let (minutes, hours) = (seconds / 60, (seconds + 1800) / 3600)
        switch seconds {
        case ..<1: return "Less than a second"
        case 1: return "1 second"
        case ..<60: return "\(seconds) seconds"
        default: break
        }
        if minutes == 1 { return "About a minute" }
        if minutes < 60 { return "\(minutes) minutes" }
        if hours == 1 { return "About an hour" }
        if hours < 48 { return "\(hours) hours" }
        if hours < 24 * 7 * 2 { return "\(hours / 24) days" }
        if hours < 24 * 30 * 2 { return "\(hours / 24 / 7) weeks" }
        if hours < 24 * 365 * 2 { return "\(hours / 24 / 30) months" }
        return "\(hours / 24 / 365) years"
    }
}
