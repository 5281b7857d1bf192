internal import Units

/// An event that is shown once.
enum ProgressEvent: Sendable {
    case began(ProgressState.Item)
    case ended(ProgressState.Item, ProgressOutcome)
    case note(String)
    case warning(String)
    /// Lines to show in every mode.
    case lines([ProgressLine])
}

/// Formats events as text for one ``ProgressMode``.
protocol ProgressRenderer: Sendable {
    /// True if ``tick(_:at:)`` has to be called while items are running.
    var wantsTicks: Bool { get }

    /// The text for an event; some of it may be held back until the next tick.
    mutating func show(_ event: ProgressEvent, _ state: ProgressState, at now: ProgressTime) -> String

    /// The text for the progress since the last tick, several times a second.
    mutating func tick(_ state: inout ProgressState, at now: ProgressTime) -> String

    /// The text that clears everything that would be redrawn and flushes everything held back.
    mutating func close() -> String
}

extension ProgressRenderer {
    var wantsTicks: Bool { false }
    mutating func tick(_ state: inout ProgressState, at now: ProgressTime) -> String { "" }
    mutating func close() -> String { "" }
}

/// Shows warnings only.
struct QuietProgress: ProgressRenderer {
    mutating func show(_ event: ProgressEvent, _ state: ProgressState, at now: ProgressTime) -> String {
        switch event {
        case .warning(let text): "warning: \(text)\n"
        case .lines(let lines): lines.plainText
        case .began, .ended, .note: ""
        }
    }
}

/// Shows one line per event.
struct PlainProgress: ProgressRenderer {
    mutating func show(_ event: ProgressEvent, _ state: ProgressState, at now: ProgressTime) -> String {
        switch event {
        case .began(let item):
            let size = item.total.map { " (\(ByteSize($0)))" } ?? ""
            return "\(item.label): started\(size)\n"
        case .ended(let item, let outcome): return "\(item.label): \(item.summary(of: outcome, at: now))\n"
        case .note(let text): return "\(text)\n"
        case .warning(let text): return "warning: \(text)\n"
        case .lines(let lines): return lines.plainText
        }
    }
}

extension [ProgressLine] {
    /// The lines without colours, each followed by a newline.
    var plainText: String { map { "\($0.text)\n" }.joined() }
}

extension ProgressState.Item {
    /// The item's name on a line of its own.
    var label: String {
        detail.isEmpty ? name : "\(name) \(detail)"
    }

    /// A short description of the outcome.
    func summary(of outcome: ProgressOutcome, at now: ProgressTime) -> String {
        switch outcome {
        case .done:
            guard current > 0 else { return "done" }
            let seconds = Duration.text(seconds: now.seconds - began.seconds)
            let speed = speed(at: now).map { ", \(ByteSize(Int64($0)))/s" } ?? ""
            return "done, \(ByteSize(current)) in \(seconds)\(speed)"
        case .skipped(let reason): return "skipped, \(reason.printable)"
        case .mounted: return "mounted"
        case .failed(let reason): return "failed: \(reason.printable)"
        case .cancelled: return "canceled"
        }
    }
}
