// `calque trace`: shows, searches, counts and compares instruction traces.
#include "frontend/command_line.hpp"
#include "frontend/parse.hpp"
#include "frontend/trace/call_path.hpp"
#include "frontend/trace/comparison.hpp"
#include "frontend/trace/difference_text.hpp"
#include "frontend/trace/printer.hpp"
#include "frontend/trace/reader.hpp"
#include "frontend/trace/statistics.hpp"
#include "frontend/trace/trace_options.hpp"
#include "frontend/usage_error.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <memory>
#include <optional>

namespace calque {

namespace {

using Text = const std::string&;

/// As diff has it.
constexpr int trace_differs = 1;

struct TraceJob {
    std::function<int(TraceJob&)> work;
    std::string path, other;
    std::string symbols;
    std::optional<trace::Expression> filter;
    trace::PrintStyle style;
    std::uint64_t first = 0, count = ~0ULL, last_records = 0;
    std::uint64_t context = 8, top = 20;
};

trace::Symbols symbols_of(const TraceJob& job) {
    return job.symbols.empty() ? trace::Symbols() : trace::Symbols(job.symbols);
}

void put(const std::string& text) { std::fwrite(text.data(), 1, text.size(), stdout); }

/// Records chosen by --first, --count and the filter.
void for_each_chosen(TraceJob& job, trace::Reader& reader, trace::CodeTexts& texts,
                     const std::function<void(const trace::Record&)>& use) {
    reader.keep_registers(true);
    reader.go_to(job.first);
    std::uint64_t left = job.count;
    trace::Record record;
    while (left > 0 && reader.next(record)) {
        if (job.filter && !job.filter->holds(trace::subject_of(record, texts))) continue;
        use(record);
        --left;
    }
}

int print(TraceJob& job) {
    const trace::Symbols symbols = symbols_of(job);
    trace::Reader reader(job.path);
    trace::warn_if_cut(reader.file());
    if (job.last_records && reader.file().frames()) {
        const std::uint64_t end = reader.file().end();
        job.first = end > job.last_records ? end - job.last_records : 0;
    }
    trace::Printer printer(job.style, symbols);
    for_each_chosen(job, reader, printer.texts(),
                    [&](const trace::Record& record) { put(printer.text(record)); });
    return exit_status::success;
}

int tell_statistics(TraceJob& job) {
    const trace::Symbols symbols = symbols_of(job);
    trace::Reader reader(job.path);
    trace::warn_if_cut(reader.file());
    trace::Statistics statistics(symbols);
    trace::CodeTexts texts;
    for_each_chosen(job, reader, texts, [&](const trace::Record& record) { statistics.add(record, texts); });
    put(statistics.text(reader.file(), static_cast<std::size_t>(job.top)));
    return exit_status::success;
}

int tell_calls(TraceJob& job) {
    const trace::Symbols symbols = symbols_of(job);
    trace::Reader reader(job.path);
    trace::warn_if_cut(reader.file());
    trace::CallPath calls;
    trace::CodeTexts texts;
    for_each_chosen(job, reader, texts, [&](const trace::Record& record) { calls.add(record); });
    put(calls.text(symbols));
    return exit_status::success;
}

int diff(TraceJob& job) {
    const trace::Symbols symbols = symbols_of(job);
    trace::Reader left(job.path), right(job.other);
    trace::warn_if_cut(left.file());
    trace::warn_if_cut(right.file());
    const std::uint64_t start = std::max(left.file().first(), right.file().first());
    left.go_to(start);
    right.go_to(start);
    const auto found = trace::first_difference(left, right, trace::Extent::same, job.context);
    if (!found) {
        fmt::print("no difference from instruction {} on\n", start);
        return exit_status::success;
    }
    trace::Printer printer(job.style, symbols);
    put(trace::text_of(*found, printer));
    return trace_differs;
}

// --- Options

void set_format(Text text, TraceJob& job) {
    using enum trace::TextFormat;
    static constexpr std::pair<std::string_view, trace::TextFormat> names[]{
        {"calque", calque}, {"qemu", qemu}, {"bochs", bochs}};
    for (const auto& [name, format] : names) {
        if (text != name) continue;
        job.style.format = format;
        return;
    }
    throw UsageError(fmt::format("\"{}\" is not a format (calque, qemu, bochs)", text));
}

void set_syntax(Text text, TraceJob& job) {
    if (text != "intel" && text != "att")
        throw UsageError(fmt::format("\"{}\" is not a syntax (intel, att)", text));
    job.style.syntax = text == "att" ? Syntax::att : Syntax::intel;
}

void add_file(CLI::App& app, const char* name, std::string& path, const char* help) {
    app.add_option(name, path, help)->required()->type_name("");
}

void add_symbols(CLI::App& app, TraceJob& job) {
    app.add_option("--symbols", job.symbols, "ELF file, System.map or /proc/kallsyms")->type_name("FILE");
}

void add_choice(CLI::App& app, TraceJob& job) {
    add_parsed_option(
        app, "--first", [&job](Text text) { job.first = trace::parse_instructions(text); },
        "From this count of instructions on (the beginning)", "N");
    add_parsed_option(
        app, "--count", [&job](Text text) { job.count = trace::parse_instructions(text); },
        "At most so many records (all)", "N");
}

void add_filter(CLI::App& app, TraceJob& job) {
    add_parsed_option(
        app, "--filter", [&job](Text text) { job.filter.emplace(text); },
        "Terms joined by and, or, not: ip=A-B cpl=N mode=real|v86|16|32|protected count=N-M mem=A-B read=A-B "
        "write=A-B physical=A-B port=P mmio op=MNEMONIC event exception[=V] interrupt[=V]",
        "EXPR");
}

void add_style(CLI::App& app, TraceJob& job) {
    add_parsed_option(
        app, "--format", [&job](Text text) { set_format(text, job); },
        "calque; qemu: as -d exec,cpu,int logs; bochs: as its debugger's trace (calque)", "FORMAT");
    add_parsed_option(
        app, "--syntax", [&job](Text text) { set_syntax(text, job); }, "intel or att (intel)", "SYNTAX");
}

void declare_print(CLI::App& app, TraceJob& job) {
    CLI::App& command = *app.add_subcommand("print", "Show it as text");
    add_file(command, "FILE", job.path, "The trace");
    add_choice(command, job);
    add_parsed_option(
        command, "--last", [&job](Text text) { job.last_records = trace::parse_instructions(text); },
        "Only the last N instructions", "N");
    add_filter(command, job);
    add_style(command, job);
    add_symbols(command, job);
    command.callback([&job] { job.work = print; });
}

void declare_grep(CLI::App& app, TraceJob& job) {
    CLI::App& command = *app.add_subcommand("grep", "Show what an expression holds for");
    add_parsed_option(
        command, "EXPR", [&job](Text text) { job.filter.emplace(text); }, "As for print --filter", "")
        ->required();
    add_file(command, "FILE", job.path, "The trace");
    add_choice(command, job);
    add_style(command, job);
    add_symbols(command, job);
    command.callback([&job] { job.work = print; });
}

void declare_stat(CLI::App& app, TraceJob& job) {
    CLI::App& command =
        *app.add_subcommand("stat", "Count mnemonics, modes, exceptions, accesses, the busiest addresses");
    add_file(command, "FILE", job.path, "The trace");
    add_choice(command, job);
    add_filter(command, job);
    add_symbols(command, job);
    add_parsed_option(
        command, "--top", [&job](Text text) { job.top = parse_number(text); }, "Lines of each list (20)",
        "N");
    command.callback([&job] { job.work = tell_statistics; });
}

void declare_calls(CLI::App& app, TraceJob& job) {
    CLI::App& command =
        *app.add_subcommand("calls", "Show the calls and interruptions that have not returned at its end");
    add_file(command, "FILE", job.path, "The trace");
    add_choice(command, job);
    add_symbols(command, job);
    command.callback([&job] { job.work = tell_calls; });
}

void declare_diff(CLI::App& app, TraceJob& job) {
    CLI::App& command =
        *app.add_subcommand("diff", "Find the first difference of two; status 1 if there is one");
    add_file(command, "LEFT", job.path, "A trace");
    add_file(command, "RIGHT", job.other, "Another one");
    add_parsed_option(
        command, "--context", [&job](Text text) { job.context = parse_number(text, 10'000); },
        "Records shown before it (8)", "N");
    add_style(command, job);
    add_symbols(command, job);
    command.callback([&job] { job.work = diff; });
}

}  // namespace

std::function<int()> declare_trace(CLI::App& app) {
    const auto job = std::make_shared<TraceJob>();
    app.require_subcommand(1);
    declare_print(app, *job);
    declare_grep(app, *job);
    declare_stat(app, *job);
    declare_calls(app, *job);
    declare_diff(app, *job);
    return [job] { return job->work(*job); };
}

}  // namespace calque
