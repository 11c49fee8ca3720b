// Interrupts out of virtual-8086 mode: every way of raising one by IOPL, VME, redirection, gate and target,
// under every engine.
#include "tests/cpu/system_table.hpp"

#include <array>
#include <vector>

namespace calque::test {
namespace {

using M = SystemMachine;
using manual::AccessByte;

constexpr std::uint32_t redirected = 0x7e00;  // a jump to itself
constexpr std::uint32_t redirection_map = M::tss + 0x1000 - 32;

enum class Source { int_n, int3, into, int1, external };
constexpr std::array sources{Source::int_n, Source::int3, Source::into, Source::int1, Source::external};

struct Case {
    Source source;
    unsigned iopl;
    bool vme, map_says_idt;
    unsigned gate_dpl;
    AccessByte code;
};

unsigned vector_of(Source source) {
    static constexpr std::array<unsigned, 5> vectors{0x30, 3, 4, 1, 0x30};
    return vectors[static_cast<unsigned>(source)];
}

enum class End { fault, handler, program };
struct Result {
    End end;
    Outcome fault{};
};

/// SDM vol. 3B, "Interrupt and Exception Handling in Virtual-8086 Mode" and the table of its methods.
Result expected_of(const Case& c) {
    const unsigned vector = vector_of(c.source);
    const bool software = c.source <= Source::into;
    if (c.source == Source::int_n) {
        if (c.vme && !c.map_says_idt) return {End::program};
        if (c.iopl < 3) return {End::fault, {13, 0}};
    }
    const std::uint32_t external = software ? 0 : 1;
    if (software && c.gate_dpl < 3) return {End::fault, {13, vector * 8 + 2}};
    if (!c.code.code()) return {End::fault, {13, in_gdt | external}};
    if (!c.code.present()) return {End::fault, {11, in_gdt | external}};
    if (c.code.conforming() || c.code.dpl() != 0) return {End::fault, {13, in_gdt | external}};
    return {End::handler};
}

void start(M& machine, const Case& c) {
    const unsigned vector = vector_of(c.source);
    machine.set_descriptor(in_gdt, 0, 0xf'ffff, c.code.value, M::flat);
    machine.set_interrupt_gate(vector, in_gdt, M::landing,
                               M::present | c.gate_dpl << 5 | system_type::interrupt_gate32);
    machine.put8(redirection_map + vector / 8, c.map_says_idt ? 0xff : 0);
    machine.put16(vector * 4, redirected);
    machine.put16(vector * 4 + 2, 0);
    machine.vm86_mode(c.iopl);
    if (c.vme) machine.state.cr4 |= cr4::vme;
    machine.cpu.set_eflags(flag::of | flag::interrupt, flag::of | flag::interrupt);
}

std::vector<std::uint8_t> interrupt(M& machine, Source source) {
    switch (source) {
        case Source::int_n: return {0xcd, 0x30};
        case Source::int3: return {0xcc};
        case Source::into: return {0xce};
        case Source::int1: return {0xf1};
        case Source::external: break;
    }
    machine.ports.vector = 0x30;
    machine.processor.set_interrupt_line(true);
    return {0x90};
}

/// Eight doublewords of segments, stack, flags and return address; and null data segments.
bool in_handler(const M& machine) {
    return machine.state.rip == M::landing && machine.state.cpl == 0 && !machine.cpu.vm86() &&
           machine.state.gpr[esp] == M::stack0 - 36 && machine.state.segments[seg_ds].attributes == 0;
}
/// Three words, and VIF instead of IF where IOPL is too low for it.
bool in_program(const M& machine, unsigned iopl) {
    const bool real_flag = machine.cpu.flag_set(flag::interrupt);
    return machine.state.rip == redirected && machine.cpu.vm86() && machine.state.gpr[esp] == 0x1000 - 6 &&
           real_flag == (iopl < 3);
}

bool agrees(M& machine, const Case& c) {
    start(machine, c);
    const Outcome got = machine.settle(interrupt(machine, c.source));
    machine.processor.set_interrupt_line(false);
    machine.set_interrupt_gate(vector_of(c.source), M::code0, M::handlers + vector_of(c.source) * 16,
                               M::present | M::user | system_type::interrupt_gate32);
    const Result expected = expected_of(c);
    if (expected.end == End::fault) return got == expected.fault;
    return got == Outcome{} &&
           (expected.end == End::handler ? in_handler(machine) : in_program(machine, c.iopl));
}

void check(M& machine, const Case& c) {
    const bool good = agrees(machine, c);
    if (good) return;
    CAPTURE(int(c.source));
    CAPTURE(c.iopl);
    CAPTURE(c.vme);
    CAPTURE(c.map_says_idt);
    CAPTURE(c.gate_dpl);
    CAPTURE(c.code.value);
    CAPTURE(machine.state.rip);
    REQUIRE(good);
}

unsigned check_targets(M& machine, Case c) {
    for (unsigned access = 0; access < 0x100; ++access) {
        c.code = {access};
        check(machine, c);
    }
    return 0x100;
}

}  // namespace

TEST_CASE("table: interrupts out of virtual-8086 mode") {
    under_every_engine(5 * 4 * 2 * 2 * 4 * 256, [](M& machine) {
        machine.put16(redirected, M::jump_to_itself);
        unsigned cases = 0;
        for (const Source source : sources)
            for (unsigned iopl = 0; iopl < 4; ++iopl)
                for (const bool vme : {false, true})
                    for (const bool map_says_idt : {false, true})
                        for (unsigned gate_dpl = 0; gate_dpl < 4; ++gate_dpl)
                            cases += check_targets(machine, {source, iopl, vme, map_says_idt, gate_dpl, {}});
        return cases;
    });
}

}  // namespace calque::test
