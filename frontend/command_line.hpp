// Commands by name, and what they have in common.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace calque {

/// What every run of the program may return besides a command's own statuses.
namespace exit_status {
inline constexpr int success = 0, usage = 2, triple_fault = 4, wait_ran_out = 6, replay_differs = 8,
                     bound = 124, interrupted = 130;
}

struct Command {
    const char* name;
    const char* summary;
    /// Declares options on the parser; what it returns runs the command once they are parsed.
    std::function<int()> (*declare)(CLI::App& app);
};

std::function<int()> declare_run(CLI::App& app);
std::function<int()> declare_exec(CLI::App& app);
std::function<int()> declare_vectors(CLI::App& app);
std::function<int()> declare_image(CLI::App& app);
std::function<int()> declare_bench(CLI::App& app);
std::function<int()> declare_trace(CLI::App& app);
std::function<int()> declare_compare(CLI::App& app);

/// Runs the command that the arguments name and returns the exit status.
int run_command_line(int argc, char** argv);

/// An option whose text `convert` takes apart; what it throws as UsageError is reported with the option's
/// name.
CLI::Option* add_parsed_option(CLI::App& app, const std::string& name,
                               std::function<void(const std::string&)> convert, const std::string& help,
                               const std::string& type);

/// The same for an option that may be given several times.
CLI::Option* add_parsed_list(CLI::App& app, const std::string& name,
                             std::function<void(const std::string&)> convert, const std::string& help,
                             const std::string& type);

}  // namespace calque
