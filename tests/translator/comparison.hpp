// The same guest code under the interpreter and under the translator in all its forced modes.
#pragma once

#include "tests/support/flat_machine.hpp"
#include "translator/translator.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace calque::test {

/// A way to run the translator that makes one of its rare paths the usual one.
struct ForcedMode {
    const char* name;
    TranslatorOptions options;
};
const std::vector<ForcedMode>& forced_modes();

/// A machine with descriptor tables; every vector's handler halts, so the frame on the stack tells what
/// happened.
class ComparedMachine : public FlatMachine {
public:
    static constexpr std::uint32_t gdt = 0x4000, idt = 0x4800, handlers = 0x5000;
    explicit ComparedMachine(StartMode start = StartMode::protected32);
    Translator& use_translator(const TranslatorOptions& options);

private:
    std::unique_ptr<Translator> translator_;
};

/// The processor's state as text, one fact a line.
std::string registers(ComparedMachine& machine);
/// Everything a guest could tell two runs apart by, as text, one fact a line.
std::string description(ComparedMachine& machine);

struct Guest {
    std::function<void(ComparedMachine&)> prepare;
    StartMode start = StartMode::protected32;
    std::uint64_t limit = 100'000;
};

/// Checks that all forced modes end as the interpreter does. Returns the statistics under translate_after =
/// 0.
TranslatorStatistics compare_engines(const Guest& guest);
TranslatorStatistics compare_engines(const std::function<void(asmjit::x86::Assembler&)>& code);

}  // namespace calque::test
