// The engines of this build: the only place in the tests that knows whether the translator is part of it.
#include "tests/support/flat_machine.hpp"
#ifdef CALQUE_TRANSLATOR
#include "translator/translator.hpp"
#endif

namespace calque::test {
namespace {

std::vector<EngineKind> make_kinds() {
    std::vector<EngineKind> kinds{
        {"interpreter", [](Cpu&, BlockCache&) -> std::unique_ptr<Engine> { return nullptr; }}};
#ifdef CALQUE_TRANSLATOR
    if (!Translator::host_is_able()) return kinds;
    const auto add = [&](const char* name, const TranslatorOptions& options) {
        kinds.push_back({name, [options](Cpu& cpu, BlockCache& blocks) -> std::unique_ptr<Engine> {
                             return std::make_unique<Translator>(cpu, blocks, options);
                         }});
    };
    // Strides that let generated code run up to the last instructions of a budget.
    add("translator", {.translate_after = 0, .cache_size = 1 << 20, .stride = 20});
    add("translator, permuted plan",
        {.translate_after = 0, .cache_size = 1 << 20, .stride = 1, .permuted_plan = true});
#endif
    return kinds;
}

}  // namespace

std::span<const EngineKind> engine_kinds() {
    static const std::vector<EngineKind> kinds = make_kinds();
    return kinds;
}

}  // namespace calque::test
