// The one place in the program that knows whether there is a translator.
#include "frontend/engines.hpp"

#include "cpu/counting_interpreter.hpp"
#include "frontend/command_line.hpp"
#include "frontend/parse.hpp"
#include "frontend/usage_error.hpp"
#ifdef CALQUE_TRANSLATOR
#include "translator/translator.hpp"
#endif

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace calque {

namespace {

using Text = const std::string&;

void set_engine(Text text, EngineChoice& choice) {
    const auto names = engine_names();
    if (std::ranges::find(names, text) == names.end())
        throw UsageError(fmt::format("\"{}\" is not an engine here ({})", text, fmt::join(names, ", ")));
    choice.name = text;
}

void declare_engine(CLI::App& app, EngineChoice& choice) {
    add_parsed_option(
        app, "--engine", [&](Text text) { set_engine(text, choice); },
        fmt::format("{}", fmt::join(engine_names(), " or ")), "ENGINE");
}

std::unique_ptr<Engine> make_interpreter(const EngineChoice& choice, BlockCache& blocks) {
    if (!choice.count_instructions) return nullptr;
    return std::make_unique<CountingInterpreter>(blocks);
}

void add_instruction_mix(nlohmann::ordered_json& stats, const Engine& engine) {
    const auto* interpreter = dynamic_cast<const CountingInterpreter*>(&engine);
    if (!interpreter) return;
    stats["memory_operands"] = interpreter->memory_operands();
    auto& list = stats["instruction_mix"] = nlohmann::ordered_json::array();
    for (const auto& [mnemonic, sensitivity, decoded, executed] : interpreter->mnemonics())
        list.push_back(
            {{"name", mnemonic}, {"class", sensitivity}, {"decoded", decoded}, {"executed", executed}});
}

}  // namespace

#ifdef CALQUE_TRANSLATOR

std::vector<std::string> engine_names() {
    if (!Translator::host_is_able()) return {"interpreter"};
    return {"translator", "interpreter"};
}

namespace {

void set_cache_size(Text text, TranslatorOptions& options) {
    constexpr std::uint64_t smallest = 1U << 20, largest = 512U << 20;
    options.cache_size = parse_size(text);
    if (options.cache_size < smallest || options.cache_size > largest)
        throw UsageError(fmt::format("\"{}\" is not between 1M and 512M", text));
}

void declare_off_switch(CLI::App& app, const char* name, bool& option, const char* help) {
    app.add_flag_callback(
           name, [&option] { option = false; }, help)
        ->group("Translator");
}

}  // namespace

void declare_engine_options(CLI::App& app, EngineChoice& choice) {
    declare_engine(app, choice);
    TranslatorOptions& options = choice.translator;
    const auto set_threshold = [&](Text text) {
        options.translate_after = static_cast<std::uint32_t>(parse_number(text, 0xFFFF'FFFF));
    };
    add_parsed_option(app, "--translate-after", set_threshold,
                      fmt::format("Interpret a block so often before ({})", options.translate_after), "N")
        ->group("Translator");
    add_parsed_option(
        app, "--cache-size", [&](Text text) { set_cache_size(text, options); },
        "Room for generated code (48M)", "SIZE")
        ->group("Translator");
    app.add_flag_callback(
           "--no-strides", [&options] { options.stride = 1; },
           "Every block looks whether the budget is spent")
        ->group("Translator");
    declare_off_switch(app, "--no-chaining", options.chaining,
                       "Direct successors are looked up, not jumped to");
    declare_off_switch(app, "--no-jump-table", options.jump_table, "Indirect jumps enter C++");
    declare_off_switch(app, "--no-return-stack", options.return_stack, "Returns are indirect jumps");
    declare_off_switch(app, "--no-inline-memory", options.inline_memory, "Memory operands are callouts");
    declare_off_switch(app, "--no-windows", options.address_windows,
                       "Every memory operand is checked by itself");
    declare_off_switch(app, "--no-aligned-lookup", options.aligned_lookup,
                       "Every doubleword is checked for its page's end");
    declare_off_switch(app, "--no-stack-aperture", options.stack_aperture,
                       "Operands on the stack are looked up like others");
    declare_off_switch(app, "--no-giving-up", options.give_up,
                       "Blocks that call out again and again stay translated");
    declare_off_switch(app, "--no-inline-sensitive", options.inline_sensitive,
                       "CLI, STI and PUSHF are callouts");
    declare_off_switch(app, "--no-inline-strings", options.inline_strings,
                       "String instructions are callouts");
    declare_off_switch(app, "--no-host-units", options.host_units, "x87, MMX and SSE are callouts");
}

std::unique_ptr<Engine> make_engine(const EngineChoice& choice, Cpu& cpu, BlockCache& blocks) {
    const std::string name = choice.name.empty() ? engine_names().front() : choice.name;
    if (name != "translator") return make_interpreter(choice, blocks);
    return std::make_unique<Translator>(cpu, blocks, choice.translator);
}

void add_engine_statistics(nlohmann::ordered_json& stats, const Engine& engine) {
    add_instruction_mix(stats, engine);
    const auto* translator = dynamic_cast<const Translator*>(&engine);
    if (!translator) return;
    const TranslatorStatistics counted = translator->statistics();
    stats["translations"] = counted.translations;
    stats["translated_instructions"] = counted.instructions;
    stats["translated_bytes"] = counted.guest_bytes;
    stats["translation_seconds"] = counted.seconds;
    stats["code_bytes"] = counted.code_bytes;
    stats["cold_bytes"] = counted.cold_bytes;
    if (counted.code_hash) stats["code_hash"] = fmt::format("{:016x}", counted.code_hash);
    stats["cache_flushes"] = counted.flushes;
    stats["links"] = counted.links;
    stats["recoveries"] = counted.recoveries;
    stats["unmapped_pages"] = counted.unmapped;
    stats["lost_windows"] = counted.declined;
    stats["misaligned_samples"] = counted.misaligned_samples;
    stats["given_up"] = counted.given_up;
    stats["exits"]["direct"] = counted.direct_exits;
    stats["exits"]["indirect"] = counted.indirect_misses;
    stats["exits"]["out_of_budget"] = counted.budget_exits;
    auto callouts = nlohmann::ordered_json::object(), costs = nlohmann::ordered_json::array();
    for (const auto& [mnemonic, sensitivity, count, seconds] : counted.called_out) {
        callouts[mnemonic] = callouts.value(mnemonic, std::uint64_t{0}) + count;
        costs.push_back({{"name", mnemonic}, {"class", sensitivity}, {"count", count}, {"seconds", seconds}});
    }
    stats["callouts"] = std::move(callouts);
    stats["callout_costs"] = std::move(costs);
}

#else

std::vector<std::string> engine_names() { return {"interpreter"}; }

void declare_engine_options(CLI::App& app, EngineChoice& choice) { declare_engine(app, choice); }

std::unique_ptr<Engine> make_engine(const EngineChoice& choice, Cpu&, BlockCache& blocks) {
    return make_interpreter(choice, blocks);
}

void add_engine_statistics(nlohmann::ordered_json& stats, const Engine& engine) {
    add_instruction_mix(stats, engine);
}

#endif

}  // namespace calque
