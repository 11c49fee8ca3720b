// `calque exec`: runs a flat piece of code and prints what became of it, as JSON.
#include "frontend/command_line.hpp"
#include "frontend/exec/code_runner.hpp"
#include "frontend/exec/register_file.hpp"
#include "frontend/parse.hpp"
#include "frontend/processor_stats.hpp"
#include "frontend/usage_error.hpp"
#include "machine/file_bytes.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace calque {

namespace {

using Text = const std::string&;
using Json = nlohmann::ordered_json;

struct Files {
    std::string code, stats;
};

CodeMode parse_mode(Text text) {
    if (text == "real16") return CodeMode::real16;
    if (text == "protected16") return CodeMode::protected16;
    if (text == "protected32") return CodeMode::protected32;
    throw UsageError(fmt::format("\"{}\" is not real16, protected16 or protected32", text));
}

std::uint32_t parse_place(std::string_view text) {
    const std::uint64_t address = parse_address(text);
    if (address > 0xFFFF'FFFF) throw UsageError(fmt::format("\"{}\" is not below 4 GiB", text));
    return static_cast<std::uint32_t>(address);
}

/// The parts before and after the first `separator`.
std::pair<std::string, std::string> split(Text text, char separator, std::string_view form) {
    const std::size_t at = text.find(separator);
    if (at == std::string::npos) throw UsageError(fmt::format("\"{}\" is not {}", text, form));
    return {text.substr(0, at), text.substr(at + 1)};
}

void add_range(Text text, CodeJob& job) {
    const auto [address, size] = split(text, ':', "ADDRESS:SIZE");
    const std::uint64_t bytes = parse_size(size);
    if (bytes == 0 || bytes > 1ULL << 30)
        throw UsageError(fmt::format("\"{}\" is not between 1 and 1G", size));
    job.ranges.emplace_back(parse_place(address), bytes);
}

void add_contents(Text text, CodeJob& job) {
    const auto [address, file] = split(text, '=', "ADDRESS=FILE");
    job.contents.emplace_back(parse_place(address), read_file(file));
}

void declare_options(CLI::App& app, CodeJob& job, Files& files) {
    add_parsed_option(
        app, "--mode", [&](Text text) { job.mode = parse_mode(text); }, "real16, protected16 or protected32",
        "MODE")
        ->required();
    add_parsed_option(
        app, "--org", [&](Text text) { job.origin = parse_place(text); },
        "Where the code is, in hexadecimal (10000); 64 KiB of stack lie below", "ADDRESS");
    add_parsed_option(
        app, "--cpu",
        [&](Text text) {
            if (!find_cpu_model(text)) throw UsageError(fmt::format("\"{}\" is not a CPU model", text));
            job.cpu = text;
        },
        "486, pentium, pentium3, pentium4 or max (max)", "MODEL");
    declare_engine_options(app, job.engine);
    add_parsed_list(
        app, "--set", [&](Text text) { job.registers.push_back(split(text, '=', "REGISTER=VALUE")); },
        "A register's value at the start", "REG=V");
    add_parsed_list(
        app, "--mem", [&](Text text) { add_contents(text, job); }, "RAM with a file's bytes in it", "A=FILE");
    add_parsed_list(
        app, "--map", [&](Text text) { add_range(text, job); }, "More RAM", "A:SIZE");
    add_parsed_option(
        app, "--max-instructions", [&](Text text) { job.max_instructions = parse_number(text); },
        fmt::format("End after so many instructions ({})", job.max_instructions), "N");
    app.add_option("--stats", files.stats, "Counters of the run, as JSON")->type_name("FILE");
    app.add_option("code", files.code, "A file of machine code; - is standard input")
        ->type_name("CODE")
        ->required();
}

std::string memory_digits(const std::vector<std::uint8_t>& bytes) {
    return fmt::format("{:02x}", fmt::join(bytes, ""));
}

Json report(CodeRunner& runner, ExitReason reason) {
    const Cpu& cpu = runner.cpu();
    Json report;
    if (reason == ExitReason::halted || reason == ExitReason::budget) {
        report["reason"] = reason == ExitReason::halted ? "halt" : "bound";
    } else {
        const bool shutdown = reason == ExitReason::shutdown;
        report["reason"] = "exception";
        report["vector"] = static_cast<unsigned>(shutdown ? Vector::df : cpu.exception.vector);
        report["error_code"] = nullptr;
        if (cpu.exception.has_error_code) report["error_code"] = cpu.exception.error_code;
    }
    report["instructions"] = cpu.state.instructions;
    report["registers"] = registers_of(cpu.state);
    add_fpu_registers(report, cpu.state.fpu);
    auto& memory = report["memory"] = Json::object();
    for (const auto& [address, bytes] : runner.changes())
        memory[fmt::format("{:#x}", address)] = memory_digits(bytes);
    return report;
}

int run(CodeJob& job, const Files& files) {
    job.code = read_file(files.code == "-" ? "/dev/stdin" : files.code);
    CodeRunner runner(job);
    const ExitReason reason = runner.run(job.max_instructions);
    if (!files.stats.empty()) {
        Json stats;
        add_processor_statistics(stats, runner.processor());
        write_json(files.stats, stats);
    }
    fmt::print("{}\n", report(runner, reason).dump(1));
    return exit_status::success;
}

}  // namespace

std::function<int()> declare_exec(CLI::App& app) {
    const auto job = std::make_shared<CodeJob>();
    const auto files = std::make_shared<Files>();
    declare_options(app, *job, *files);
    return [job, files] { return run(*job, *files); };
}

}  // namespace calque
