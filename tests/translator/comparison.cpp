// The same guest code under the interpreter and under the translator in all its forced modes.
#include "tests/translator/comparison.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

namespace calque::test {
namespace {

/// Generated code runs up to the last instruction of a budget.
TranslatorOptions at_once() {
    return {.translate_after = 0, .cache_size = 1 << 20, .stride = 1, .give_up = false};
}

std::vector<ForcedMode> make_forced_modes() {
    std::vector<ForcedMode> modes;
    const auto add = [&](const char* name, auto change) {
        TranslatorOptions options = at_once();
        change(options);
        modes.push_back({name, options});
    };
    add("at once", [](TranslatorOptions&) {});
    add("short strides", [](TranslatorOptions& o) { o.stride = 20; });
    add("long strides", [](TranslatorOptions& o) { o.stride = 128; });
    add("after three", [](TranslatorOptions& o) { o.translate_after = 3; });
    add("tiny cache", [](TranslatorOptions& o) { o.cache_size = 160 << 10; });
    add("no chaining", [](TranslatorOptions& o) { o.chaining = false; });
    add("no jump table", [](TranslatorOptions& o) { o.jump_table = false; });
    add("no return stack", [](TranslatorOptions& o) { o.return_stack = false; });
    add("no inline memory", [](TranslatorOptions& o) { o.inline_memory = false; });
    add("no windows", [](TranslatorOptions& o) { o.address_windows = false; });
    add("no stack aperture", [](TranslatorOptions& o) { o.stack_aperture = false; });
    add("no aligned lookup", [](TranslatorOptions& o) { o.aligned_lookup = false; });
    add("giving up", [](TranslatorOptions& o) { o.give_up = true; });
    add("permuted plan", [](TranslatorOptions& o) { o.permuted_plan = true; });
    return modes;
}

/// A 32-bit interrupt gate of the code segment at 08h (SDM vol. 3A, "IDT Descriptors").
std::uint64_t gate(std::uint32_t target) {
    return std::uint64_t{target & 0xffff'0000U} << 32 | 0x0000'8e00'0008'0000ULL | (target & 0xffffU);
}

std::uint64_t checksum(ComparedMachine& machine) {
    std::uint64_t sum = 0xcbf2'9ce4'8422'2325ULL;
    const MemoryBlock& ram = machine.memory.ram();
    for (std::uint64_t at = 0; at < ram.size; at += 8) {
        std::uint64_t word;
        std::memcpy(&word, ram.host + at, sizeof(word));
        if (word) sum = (sum ^ word ^ at << 32) * 0x100'0000'01b3ULL;
    }
    return sum;
}

struct Run {
    std::string description;
    TranslatorStatistics statistics;
};

Run run_one(const Guest& guest, const TranslatorOptions* options) {
    ComparedMachine machine(guest.start);
    Translator* translator = options ? &machine.use_translator(*options) : nullptr;
    guest.prepare(machine);
    const ExitReason reason = machine.run(guest.limit);
    return {fmt::format("exit {}\n", static_cast<int>(reason)) + description(machine),
            translator ? translator->statistics() : TranslatorStatistics{}};
}

}  // namespace

const std::vector<ForcedMode>& forced_modes() {
    static const std::vector<ForcedMode> modes = make_forced_modes();
    return modes;
}

ComparedMachine::ComparedMachine(StartMode start) : FlatMachine(start) {
    if (start != StartMode::protected32) return;
    const std::array<std::uint64_t, 3> descriptors{0, 0x00cf'9b00'0000'ffffULL, 0x00cf'9300'0000'ffffULL};
    for (unsigned i = 0; i < descriptors.size(); ++i) memory.write(gdt + 8 * i, descriptors[i], 8);
    state().gdtr = {gdt, 8 * descriptors.size() - 1};
    state().idtr = {idt, 8 * 32 - 1};
    for (unsigned vector = 0; vector < 32; ++vector) {
        const std::uint32_t handler = handlers + 16 * vector;
        memory.write(idt + 8 * vector, gate(handler), 8);
        memory.write(handler, 0xf4, 1);
    }
}

Translator& ComparedMachine::use_translator(const TranslatorOptions& options) {
    translator_ = std::make_unique<Translator>(processor.cpu(), processor.blocks(), options);
    processor.use_engine(translator_.get());
    return *translator_;
}

std::string registers(ComparedMachine& machine) {
    Cpu& cpu = machine.processor.cpu();
    cpu.fpu.release(cpu.state.fpu);
    const CpuState& s = cpu.state;
    std::string text = fmt::format("instructions {}\nrip {:x}\neflags {:x}\ncr2 {:x}\nmode {:x}\n",
                                   s.instructions, s.rip, s.eflags(), s.cr2, cpu.mode);
    for (unsigned i = 0; i < s.gpr.size(); ++i) text += fmt::format("gpr{} {:x}\n", i, s.gpr[i]);
    for (unsigned i = 0; i < segment_count; ++i)
        text += fmt::format("segment{} {:x} {:x} {:x}\n", i, s.segments[i].selector, s.segments[i].base,
                            s.segments[i].limit);
    for (unsigned i = 0; i < 8; ++i)
        text += fmt::format("st{0} {1:x} xmm{0} {2:x}\n", i, fmt::join(s.fpu.st[i].bytes, ""),
                            fmt::join(s.fpu.xmm[i].bytes, ""));
    text +=
        fmt::format("fcw {:x} fsw {:x} ftw {:x} mxcsr {:x}\n", s.fpu.fcw, s.fpu.fsw, s.fpu.ftw, s.fpu.mxcsr);
    text += fmt::format("fop {:x} fip {:x} fdp {:x}\n", s.fpu.fop, s.fpu.fip, s.fpu.fdp);
    return text + fmt::format("halted {} shutdown {} inhibition {}\n", s.halted, s.shutdown,
                              static_cast<int>(s.inhibition));
}

std::string description(ComparedMachine& machine) {
    return registers(machine) + fmt::format("memory {:x}\n", checksum(machine));
}

TranslatorStatistics compare_engines(const Guest& guest) {
    const std::string expected = run_one(guest, nullptr).description;
    TranslatorStatistics first;
    for (const ForcedMode& forced : forced_modes()) {
        CAPTURE(forced.name);
        Run run = run_one(guest, &forced.options);
        CHECK(run.description == expected);
        if (&forced == &forced_modes().front()) first = run.statistics;
    }
    return first;
}

TranslatorStatistics compare_engines(const std::function<void(asmjit::x86::Assembler&)>& code) {
    return compare_engines(Guest{[&](ComparedMachine& machine) { machine.assemble(code); }});
}

}  // namespace calque::test
