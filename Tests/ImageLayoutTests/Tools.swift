import Foundation

struct ToolFailure: Error, CustomStringConvertible {
    let description: String
}

/// Runs a tool of PATH and returns what it prints.
///
/// - Throws: ``ToolFailure`` when it is not installed or fails.
@discardableResult
func runTool(_ arguments: String...) throws -> [UInt8] {
    let process = Process()
    let output = Pipe()
    let errors = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    let message = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    let command = arguments.joined(separator: " ")
    switch process.terminationStatus {
    case 0: return Array(bytes)
    case 127: throw ToolFailure(description: "\(arguments[0]) is not on PATH; install it to run this test")
    default: throw ToolFailure(description: "\(command) exited with \(process.terminationStatus): \(message)")
    }
}
