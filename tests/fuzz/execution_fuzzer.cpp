// Arbitrary code in an arbitrary state, in every mode, under both engines: what `calque exec` runs. Both must
// end alike, and nothing may disturb the host.
#include "frontend/exec/code_runner.hpp"
#include "tests/fuzz/input.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <map>

using namespace calque;
using namespace calque::test;

namespace {

constexpr std::uint64_t most_instructions = 1'000;
constexpr std::size_t end_size = 64;
constexpr std::uint8_t hlt = 0xf4;
constexpr std::uint32_t origin = 0x1'0000, data = 0x3'0000;

void add_register(CodeJob& job, const char* name, std::uint32_t value) {
    job.registers.emplace_back(name, fmt::format("{}", value));
}

/// Mostly where memory is.
std::uint32_t pointer(Input& input) {
    const std::uint8_t kind = input.byte();
    const std::uint32_t value = input.word();
    if (kind & 1) return data + (value & 0x7fff);
    return kind & 2 ? origin + (value & 0xffff) : value;
}

CodeJob job_of(Input& input) {
    CodeJob job;
    const std::uint8_t choice = input.byte();
    job.mode = static_cast<CodeMode>(choice % 3);
    static constexpr std::array<const char*, 5> models{"486", "pentium", "pentium3", "pentium4", "max"};
    job.cpu = models[choice / 3 % models.size()];
    job.origin = origin;
    job.ranges.emplace_back(data, 0x8000);
    for (const char* name : {"eax", "ecx", "edx", "ebx", "esi", "edi", "ebp"})
        add_register(job, name, pointer(input));
    if (choice & 0x80) {
        add_register(job, "esp", pointer(input));
        add_register(job, "eflags", input.word() & 0x27'7fd7U);
        add_register(job, "fcw", input.word() & 0xffff);
        add_register(job, "mxcsr", input.word() & 0xffff);
        for (const char* name : {"st0", "st1", "xmm0", "xmm1"}) {
            const bool xmm = *name == 'x';
            std::string digits;
            for (unsigned i = 0; i < (xmm ? 16U : 10U); ++i) digits += fmt::format("{:02x}", input.byte());
            job.registers.emplace_back(name, digits);
        }
    }
    job.code = input.rest();
    job.code.insert(job.code.end(), end_size, hlt);  // rather than zeros, which are instructions
    return job;
}

/// All that a run leaves behind.
struct End {
    ExitReason reason;
    CpuState state;
    std::vector<CodeRunner::Change> changes;
};

/// Machines are made once for each model.
End run(CodeJob job, const EngineChoice& engine, std::map<std::string, CodeRunner>& runners) {
    job.engine = engine;
    const auto [place, is_new] = runners.try_emplace(job.cpu, job);
    CodeRunner& runner = place->second;
    if (!is_new) runner.restart(job);
    const ExitReason reason = runner.run(most_instructions);
    runner.cpu().fpu.release(runner.cpu().state.fpu);
    return {reason, runner.cpu().state, runner.changes()};
}

bool same(const CpuState& left, const CpuState& right) {
    bool equal = left.gpr == right.gpr && left.rip == right.rip && left.eflags() == right.eflags() &&
                 left.cr0 == right.cr0 && left.cr2 == right.cr2 && left.cr3 == right.cr3 &&
                 left.cr4 == right.cr4 && left.instructions == right.instructions;
    for (unsigned i = 0; i < segment_count; ++i)
        equal = equal && left.segments[i].selector == right.segments[i].selector &&
                left.segments[i].base == right.segments[i].base;
    return equal && std::memcmp(&left.fpu, &right.fpu, sizeof(left.fpu)) == 0;
}

bool same(const std::vector<CodeRunner::Change>& left, const std::vector<CodeRunner::Change>& right) {
    if (left.size() != right.size()) return false;
    for (std::size_t i = 0; i < left.size(); ++i)
        if (left[i].address != right[i].address || left[i].bytes != right[i].bytes) return false;
    return true;
}

void print(const char* name, const End& end) {
    fmt::print(stderr, "{}: reason {} rip {:x} eflags {:x} count {}\n", name, static_cast<int>(end.reason),
               end.state.rip, end.state.eflags(), end.state.instructions);
    for (unsigned i = 0; i < 8; ++i) fmt::print(stderr, " {:08x}", end.state.gpr[i]);
    fmt::print(stderr, "\n fcw {:x} fsw {:x} ftw {:x} mxcsr {:x}, {} changes\n", end.state.fpu.fcw,
               end.state.fpu.fsw, end.state.fpu.ftw, end.state.fpu.mxcsr, end.changes.size());
}

}  // namespace

/// The machines' caches grow from run to run, which is no leak; to look for one after each run takes most of
/// the time.
extern "C" const char* __asan_default_options() { return "detect_leaks=0"; }  // NOLINT: the sanitizer's name

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    Input input({bytes, size});
    const CodeJob job = job_of(input);
    // Not destroyed: what they use may be gone at exit.
    static auto& interpreters = *new std::map<std::string, CodeRunner>;
    static auto& translators = *new std::map<std::string, CodeRunner>;
    const End interpreted = run(job, {.name = "interpreter", .translator = {}}, interpreters);
    const End translated =
        run(job, {.name = "translator", .translator = {.translate_after = 0, .cache_size = 1 << 20}},
            translators);
    if (interpreted.reason == translated.reason && same(interpreted.state, translated.state) &&
        same(interpreted.changes, translated.changes))
        return 0;
    print("interpreter", interpreted);
    print("translator", translated);
    std::abort();
}
