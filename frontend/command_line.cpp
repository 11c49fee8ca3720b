// Finds the command, parses its options, reports what is wrong in one line.
#include "frontend/command_line.hpp"

#include "frontend/engines.hpp"
#include "frontend/monitor/command.hpp"
#include "frontend/usage_error.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <span>
#include <string_view>
#include <system_error>

namespace calque {

namespace {

constexpr Command commands[] = {
    {"run", "Start a machine", declare_run},
    {"exec", "Run a flat piece of code without a PC and print JSON", declare_exec},
    {"vectors", "Run hardware test vectors", declare_vectors},
    {"image", "Make, convert and inspect disk images", declare_image},
    {"trace", "Show, search, count and compare instruction traces", declare_trace},
    {"compare", "Run two engines side by side to the first instruction on which they differ",
     declare_compare},
    {"bench", "Measure what interpreting and translating cost", declare_bench},
};

void print_commands() {
    fmt::print("calque - a PC in a process\n\nusage: calque COMMAND [OPTIONS]\n\n");
    for (const Command& command : commands) fmt::print("  {:<10}{}\n", command.name, command.summary);
    fmt::print("  {:<10}{}\n\n", "help",
               "This list, or the options of a command (help COMMAND), of the engines (help engine), or\n"
               "            the monitor's commands (help monitor)");
    fmt::print("Try: calque run --kernel vmlinuz --initrd initrd.gz --append console=ttyS0 --serial stdio\n");
}

const Command& find_command(std::string_view name) {
    for (const Command& command : commands) {
        if (name == command.name) return command;
    }
    throw UsageError(fmt::format("there is no command \"{}\" (calque help lists them)", name));
}

std::unique_ptr<CLI::App> make_app(const Command& command) {
    auto app = std::make_unique<CLI::App>(command.summary, fmt::format("calque {}", command.name));
    app->get_formatter()->column_width(34);
    app->option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::Throw);
    return app;
}

/// Options that several commands take, told together.
std::function<int()> declare_engine_topic(CLI::App& app) {
    static EngineChoice choice;
    declare_engine_options(app, choice);
    return {};
}

constexpr Command engine_topic{"run|exec|vectors", "The engines and their switches", declare_engine_topic};

/// Subcommands are told with their options.
std::string help_of(const CLI::App& app) { return app.help("", CLI::AppFormatMode::All); }

int help(std::span<char*> arguments) {
    if (arguments.size() > 1) throw UsageError("help takes one command");
    if (arguments.empty()) {
        print_commands();
        return exit_status::success;
    }
    const std::string_view name = arguments.front();
    if (name == "monitor") {
        fmt::print("{}", monitor_help());
        return exit_status::success;
    }
    const Command& command = name == "engine" ? engine_topic : find_command(name);
    const auto app = make_app(command);
    command.declare(*app);
    fmt::print("{}", help_of(*app));
    return exit_status::success;
}

int run_command(const Command& command, std::span<char*> arguments) {
    const auto app = make_app(command);
    const auto run = command.declare(*app);
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    try {
        app->parse(reversed);
    } catch (const CLI::CallForHelp&) {
        fmt::print("{}", help_of(*app));
        return exit_status::success;
    } catch (const CLI::ParseError& error) {
        throw UsageError(error.what());
    }
    return run();
}

int dispatch(std::span<char*> arguments) {
    if (arguments.empty()) {
        print_commands();
        return exit_status::usage;
    }
    const std::string_view name = arguments.front();
    if (name == "help" || name == "-h" || name == "--help") return help(arguments.subspan(1));
    return run_command(find_command(name), arguments.subspan(1));
}

std::string one_line(std::string text) {
    std::ranges::replace(text, '\n', ' ');
    return text;
}

}  // namespace

int run_command_line(int argc, char** argv) {
    const std::span arguments(argv, static_cast<std::size_t>(argc));
    std::signal(SIGXFSZ, SIG_IGN);  // a write beyond the limit on files fails instead
    try {
        return dispatch(arguments.subspan(arguments.empty() ? 0 : 1));
    } catch (const std::exception& error) {  // bad input, or the host is out of something
        fmt::print(stderr, "calque: {}\n", one_line(error.what()));
        return exit_status::usage;
    }
}

namespace {

/// Calls `convert` and blames the option for what it throws.
std::function<void(const std::string&)> blaming(const std::string& option,
                                                std::function<void(const std::string&)> convert) {
    return [option, convert = std::move(convert)](const std::string& text) {
        try {
            convert(text);
        } catch (const UsageError& error) {
            throw CLI::ValidationError(option, error.what());
        }
    };
}

}  // namespace

CLI::Option* add_parsed_option(CLI::App& app, const std::string& name,
                               std::function<void(const std::string&)> convert, const std::string& help,
                               const std::string& type) {
    return app.add_option_function<std::string>(name, blaming(name, std::move(convert)), help)
        ->type_name(type);
}

CLI::Option* add_parsed_list(CLI::App& app, const std::string& name,
                             std::function<void(const std::string&)> convert, const std::string& help,
                             const std::string& type) {
    const auto each = [checked = blaming(name, std::move(convert))](const std::vector<std::string>& texts) {
        for (const std::string& text : texts) checked(text);
    };
    return app.add_option_function<std::vector<std::string>>(name, each, help)
        ->type_name(type)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

}  // namespace calque
