// CLI, STI, PUSHF, POPF and IRET in every mode by privilege, IOPL, VME, PVI, VIF, VIP and flags popped, under
// every engine.
#include "tests/cpu/system_table.hpp"

#include <array>
#include <optional>
#include <vector>

namespace calque::test {
namespace {

using M = SystemMachine;

constexpr Outcome refused{13, 0};

enum class Instruction { cli, sti, pushf, popf, iret };
struct Form {
    Instruction instruction;
    bool wide;
};
constexpr std::array forms{Form{Instruction::cli, true},    Form{Instruction::sti, true},
                           Form{Instruction::pushf, false}, Form{Instruction::pushf, true},
                           Form{Instruction::popf, false},  Form{Instruction::popf, true},
                           Form{Instruction::iret, false},  Form{Instruction::iret, true}};

/// Real mode, a privilege level of protected mode, or virtual-8086 mode.
struct Mode {
    bool protection, vm86;
    unsigned cpl;
};
constexpr std::array modes{Mode{false, false, 0}, Mode{true, false, 0}, Mode{true, false, 1},
                           Mode{true, false, 2},  Mode{true, false, 3}, Mode{true, true, 3}};

struct Case {
    Form form;
    Mode mode;
    bool extension;        ///< CR4.VME and CR4.PVI
    std::uint32_t before;  ///< EFLAGS
    std::uint32_t popped;
    unsigned iopl() const { return before >> 12 & 3; }
    bool has(std::uint32_t bit) const { return before & bit; }
};

/// What the manual's "Operation" sections make of it: new flags or an image pushed, or #GP(0).
struct Result {
    bool fault = false;
    std::uint32_t flags = 0, pushed = 0;
};
constexpr Result general_protection{.fault = true};

std::uint32_t merged(std::uint32_t old, std::uint32_t value, std::uint32_t mask) {
    return (old & ~mask) | (value & mask);
}

/// "CLI" and "STI", by their tables "Decision Table for CLI Results" and "... STI Results".
Result interrupt_flag(const Case& c) {
    const bool sets = c.form.instruction == Instruction::sti;
    const auto with = [&](std::uint32_t bit) {
        return Result{.flags = merged(c.before, sets ? bit : 0, bit)};
    };
    if (!c.mode.protection || c.iopl() >= c.mode.cpl) return with(flag::interrupt);
    if (c.mode.cpl != 3 || !c.extension || (sets && c.has(flag::vip))) return general_protection;
    return with(flag::vif);
}

/// Virtual-8086 mode with IOPL < 3, where only VME's 16-bit forms work.
bool virtualized(const Case& c) { return c.mode.vm86 && c.iopl() < 3; }

Result push_flags(const Case& c) {
    const std::uint32_t image = c.before & ~(flag::vm | flag::rf);
    if (!virtualized(c)) return {.flags = c.before, .pushed = image};
    if (c.form.wide || !c.extension) return general_protection;
    const std::uint32_t interrupt = c.has(flag::vif) ? flag::interrupt : 0;
    return {.flags = c.before, .pushed = merged(image, flag::iopl | interrupt, flag::iopl | flag::interrupt)};
}

constexpr std::uint32_t always = flag::status | flag::tf | flag::df | flag::nt;

/// POPF and IRET under VME: VIF in IF's place.
Result pop_virtualized(const Case& c) {
    const bool enables = c.popped & flag::interrupt;
    if (c.form.wide || !c.extension || (c.popped & flag::tf) || (enables && c.has(flag::vip)))
        return general_protection;
    return {.flags = merged(merged(c.before, c.popped, always), enables ? flag::vif : 0, flag::vif)};
}

Result pop_flags(const Case& c) {
    if (virtualized(c)) return pop_virtualized(c);
    std::uint32_t mask = always | (c.form.wide ? flag::ac | flag::id : 0);
    if (c.mode.cpl <= c.iopl()) mask |= flag::interrupt;
    if (c.mode.cpl == 0) mask |= flag::iopl;
    const bool returns = c.form.instruction == Instruction::iret;
    if (returns && c.form.wide && c.mode.protection && c.mode.cpl == 0) mask |= flag::vif | flag::vip;
    return {.flags = merged(c.before, c.popped, mask)};
}

Result expected_of(const Case& c) {
    switch (c.form.instruction) {
        case Instruction::cli:
        case Instruction::sti: return interrupt_flag(c);
        case Instruction::pushf: return push_flags(c);
        default: return pop_flags(c);
    }
}

// --- Running

void start(M& machine, const Case& c) {
    if (c.mode.vm86) {
        machine.vm86_mode(0);
        machine.state.gpr[esp] = 0x1000;
    } else if (c.mode.protection) {
        machine.protected_mode(c.mode.cpl);
    } else {
        machine.real_mode();
        machine.state.rip = 0x6f00;
    }
    if (c.extension) machine.state.cr4 |= cr4::vme | cr4::pvi;
    machine.cpu.set_eflags(c.before, ~0U);
}

std::uint32_t top_of_stack(M& machine) {
    return static_cast<std::uint32_t>(machine.state.ss().base + machine.cpu.stack_pointer());
}

std::vector<std::uint8_t> prepare(M& machine, const Case& c) {
    const bool flat = c.mode.protection && !c.mode.vm86;
    const unsigned size = c.form.wide ? 4 : 2;
    std::vector<std::uint8_t> bytes;
    if (flat != c.form.wide) bytes.push_back(0x66);
    switch (c.form.instruction) {
        case Instruction::cli: return {0xfa};
        case Instruction::sti: return {0xfb};
        case Instruction::pushf: bytes.push_back(0x9c); break;
        case Instruction::popf:
            machine.push(c.popped, size);
            bytes.push_back(0x9d);
            break;
        case Instruction::iret:
            machine.push(c.popped, size);
            machine.push(flat ? M::codes[c.mode.cpl] : 0, size);
            machine.push(M::landing, size);
            bytes.push_back(0xcf);
            break;
    }
    return bytes;
}

bool agrees(M& machine, const Case& c, const Result& expected) {
    start(machine, c);
    const Outcome got = machine.settle(prepare(machine, c));
    if (expected.fault) return got == refused;
    if (!(got == Outcome{}) || machine.state.eflags() != expected.flags) return false;
    if (c.form.instruction != Instruction::pushf) return true;
    const std::uint32_t mask = c.form.wide ? ~0U : 0xffff;
    return (machine.get32(top_of_stack(machine)) & mask) == (expected.pushed & mask);
}

/// False: TF would be set, which is another test's matter.
bool check(M& machine, const Case& c) {
    const Result expected = expected_of(c);
    if (!expected.fault && (expected.flags & flag::tf)) return false;
    const bool good = agrees(machine, c, expected);
    if (good) return true;
    CAPTURE(int(c.form.instruction));
    CAPTURE(c.form.wide);
    CAPTURE(c.mode.protection);
    CAPTURE(c.mode.vm86);
    CAPTURE(c.mode.cpl);
    CAPTURE(c.extension);
    CAPTURE(c.before);
    CAPTURE(c.popped);
    CAPTURE(expected.fault);
    CAPTURE(expected.flags);
    CAPTURE(machine.state.eflags());
    CAPTURE(machine.state.rip);
    REQUIRE(good);
    return true;
}

/// Every union of the groups, each of which matters as a whole.
std::vector<std::uint32_t> combinations(std::initializer_list<std::uint32_t> groups) {
    std::vector<std::uint32_t> all{flag::always_one};
    for (const std::uint32_t group : groups) {
        const std::size_t count = all.size();
        for (std::size_t i = 0; i < count; ++i) all.push_back(all[i] | group);
    }
    return all;
}

bool pops(const Form& form) {
    return form.instruction == Instruction::popf || form.instruction == Instruction::iret;
}

unsigned check_all(M& machine, const Form& form, const Mode& mode) {
    const std::vector<std::uint32_t> before =
        combinations({flag::interrupt, flag::vif, flag::vip, 1U << 12, 1U << 13, flag::status});
    const std::vector<std::uint32_t> popped =
        combinations({flag::status | flag::df, flag::interrupt, flag::iopl, flag::nt, flag::ac | flag::id,
                      flag::vif, flag::vip, flag::tf});
    unsigned cases = 0;
    for (const bool extension : {false, true})
        for (const std::uint32_t old : before)
            for (std::size_t i = 0; i < (pops(form) ? popped.size() : 1); ++i) {
                const std::uint32_t vm = mode.vm86 ? flag::vm : 0;
                cases += check(machine, {form, mode, extension, old | vm, popped[i]});
            }
    return cases;
}

}  // namespace

TEST_CASE("table: what may change the flags") {
    under_every_engine(445'440, [](M& machine) {
        unsigned cases = 0;
        for (const Form& form : forms)
            for (const Mode& mode : modes) cases += check_all(machine, form, mode);
        return cases;
    });
}

}  // namespace calque::test
