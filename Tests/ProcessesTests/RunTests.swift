import Processes
import Testing

@Suite struct RunTests {
    @Test func aProgramIsFoundOnThePathAndItsOutputComesBack() async throws {
        let result = try await run(program: "echo", arguments: ["a  b", "$HOME", ";c"])
        #expect(result.succeeded)
        #expect(text(result.output) == "a  b $HOME ;c\n", "no shell takes the words apart")
        #expect(result.errorOutput.isEmpty)
    }

    @Test func theInputReachesTheProgram() async throws {
        for count in [0, 1, 4096, 60_000] {
            let bytes = [UInt8](repeating: 65, count: count)
            #expect(try await run(program: "cat", input: bytes).output == bytes)
        }
    }

    @Test func inputThatIsNotReadIsNoTrouble() async throws {
        #expect(try await run(program: "true", input: [UInt8](repeating: 0, count: 60_000)).succeeded)
    }

    @Test func tooMuchInputIsAnError() async throws {
        await #expect(throws: ProcessError.self) {
            try await run(program: "cat", input: [UInt8](repeating: 0, count: 1 << 20))
        }
    }

    @Test func variablesAreAddedToTheEnvironment() async throws {
        let result = try await run(
            program: "sh", arguments: ["-c", "echo $IMGTOOL_ADDED; test -n \"$PATH\""],
            environment: ["IMGTOOL_ADDED": "yes"])
        #expect(result.succeeded)
        #expect(text(result.output) == "yes\n")
    }

    @Test(arguments: [
        ("exit 3", ProgramResult.Ending.exited(status: 3)),
        ("kill -TERM $$", .killed(signal: 15)),
    ])
    func aFailureIsAResult(script: String, ending: ProgramResult.Ending) async throws {
        let result = try await run(program: "sh", arguments: ["-c", "echo out; echo err >&2; \(script)"])
        #expect(result.ending == ending)
        #expect(text(result.output) == "out\n")
        #expect(text(result.errorOutput) == "err\n")
    }

    @Test(arguments: ["no-such-program-anywhere", "/no/such/program", "/etc/passwd"])
    func aMissingProgramIsItsOwnError(program: String) async {
        await #expect(throws: ProcessError.notFound(program: program)) { try await run(program: program) }
    }

    @Test func aProgramThatHangsIsKilledWithItsChildren() async throws {
        let limit = Duration.milliseconds(200)
        let marker = "86413"
        await #expect(throws: ProcessError.timedOut(program: "sh", limit: limit)) {
            try await run(program: "sh", arguments: ["-c", "sleep \(marker) & sleep \(marker)"], timeLimit: limit)
        }
        #expect(try await isGone("sleep \(marker)"))
    }

    @Test func cancellingTheTaskKillsTheProgram() async throws {
        let marker = "86414"
        let task = Task { try await run(program: "sh", arguments: ["-c", "sleep \(marker) & sleep \(marker)"]) }
        while try await isGone("sleep \(marker)", attempts: 1) { await Task.yield() }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await isGone("sleep \(marker)"))
    }

    @Test(arguments: ["yes", "yes >&2"])
    func outputBeyondTheLimitIsAnError(script: String) async {
        await #expect(throws: ProcessError.tooMuchOutput(program: "sh", limit: 1000)) {
            try await run(program: "sh", arguments: ["-c", script], outputLimit: 1000)
        }
    }

    @Test func aChildThatKeepsTheOutputOpenDoesNotHoldUsUp() async throws {
        let result = try await run(program: "sh", arguments: ["-c", "sleep 86415 & echo $!"])
        let child = text(result.output).filter(\.isNumber)
        #expect(try await run(program: "kill", arguments: [child]).succeeded)
    }

    @Test func manyProgramsRunAtOnce() async throws {
        let outputs = try await withThrowingTaskGroup(of: String.self) { group in
            for index in 0..<50 {
                group.addTask { text(try await run(program: "cat", input: Array("\(index)".utf8)).output) }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(outputs.count == 50)
    }
}

private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// Whether no process has this command line. A killed one takes a moment to go.
private func isGone(_ commandLine: String, attempts: Int = 100) async throws -> Bool {
    for attempt in 1...attempts {
        let found = try await run(program: "pgrep", arguments: ["-fx", commandLine])
        if found.ending == .exited(status: 1) { return true }
        if attempt < attempts { try await Task.sleep(for: .milliseconds(50)) }
    }
    return false
}
