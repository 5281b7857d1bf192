internal import JSON

/// Progress for programs: one JSON object per line.
///
/// The members are `time` (RFC 3339, UTC) and `event` always; for an item `item`, `detail` if there is one, `current`
/// in bytes and `total` if known; `error` if it failed; `message` for a note, a warning and the reason for skipping.
/// The event is `started`, `running`, `done`, `skipped`, `mounted`, `failed`, `canceled`, `note` or `warning`.
struct JSONProgress: ProgressRenderer {
    let wantsTicks = true

    mutating func show(_ event: ProgressEvent, _ state: ProgressState, at now: ProgressTime) -> String {
        switch event {
        case .began(let item): return line("started", item, at: now)
        case .ended(let item, .done): return line("done", item, at: now)
        case .ended(let item, .mounted): return line("mounted", item, at: now)
        case .ended(let item, .skipped(let reason)): return line("skipped", item, ("message", reason), at: now)
        case .ended(let item, .cancelled): return line("canceled", item, at: now)
        case .ended(let item, .failed(let reason)): return line("failed", item, ("error", reason), at: now)
        case .note(let text): return line("note", nil, ("message", text), at: now)
        case .warning(let text): return line("warning", nil, ("message", text), at: now)
        case .lines(let lines): return lines.plainText
        }
    }

    mutating func tick(_ state: inout ProgressState, at now: ProgressTime) -> String {
        state.takeChanged().map { line("running", $0, at: now) }.joined()
    }

    private func line(
        _ event: String, _ item: ProgressState.Item?, _ extra: (name: String, text: String)? = nil,
        at now: ProgressTime
    ) -> String {
        var object = JSONObject()
        object["time"] = .string(now.timestamp)
        object["event"] = .string(event)
        if let item {
            object["item"] = .string(item.name)
            object["detail"] = item.detail.isEmpty ? nil : .string(item.detail)
            object["current"] = .integer(item.current)
            object["total"] = item.total.map { .integer($0) }
        }
        if let extra { object[extra.name] = .string(extra.text) }
        return JSONValue.object(object).text(.shownOnOneLine) + "\n"
    }
}
