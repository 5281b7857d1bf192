internal import ArgumentParser
internal import Builders
internal import Glibc
internal import JSON

extension BuilderCommand {
    /// `imgtool builder serve`: the other end of a node of the driver `imgtool`.
    struct Serve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "serve", abstract: "Speak with imgtool on another machine over stdin and stdout.",
            discussion: "It ends when its input does.", shouldDisplay: false)

        func run() async throws {
            try StandardOutput.write(line: MachineGreeting(ThisMachine.status).json.text(.shownOnOneLine))
            // There are no requests yet; what is sent has to be read until its end, though.
            var buffer = [UInt8](repeating: 0, count: 4096)
            while read(STDIN_FILENO, &buffer, buffer.count) > 0 {}
        }
    }
}
