// The engines this build has, and their switches.
#pragma once

#include "cpu/processor.hpp"
#include "translator/options.hpp"

#include <nlohmann/json_fwd.hpp>

#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace calque {

/// Which engine, and how it is to work.
struct EngineChoice {
    std::string name;  ///< empty: the fastest that this host can run
    TranslatorOptions translator;
    bool count_instructions = false;  ///< the interpreter counts each form
};

/// Those this host can run, in the order of preference.
std::vector<std::string> engine_names();

/// `--engine`, and the translator's switches where there is one.
void declare_engine_options(CLI::App& app, EngineChoice& choice);

/// nullptr is the processor's built-in interpreter.
std::unique_ptr<Engine> make_engine(const EngineChoice& choice, Cpu& cpu, BlockCache& blocks);

/// Adds what only the engine itself knows to the counters of a run.
void add_engine_statistics(nlohmann::ordered_json& stats, const Engine& engine);

}  // namespace calque
