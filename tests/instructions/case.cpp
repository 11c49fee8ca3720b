// Runs cases.
#include "tests/instructions/case.hpp"

#include <array>

namespace calque::test {
namespace {

constexpr std::uint32_t idt_base = 0x4000, handler_base = 0x5000;

/// Every vector leads to a HLT of its own, so that where the machine halted tells what happened.
void install_handlers(FlatMachine& machine) {
    for (unsigned vector = 0; vector < 32; ++vector) {
        const std::uint32_t handler = handler_base + vector * 16;
        machine.memory.write(idt_base + vector * 8, handler | 0x8'0000U, 4);
        machine.memory.write(idt_base + vector * 8 + 4, 0x8e00, 4);
        machine.memory.write(handler, 0xf4, 1);
    }
    machine.memory.write(0x3008, 0xffff, 4), machine.memory.write(0x300c, 0x00cf9b00, 4);  // code
    machine.memory.write(0x3010, 0xffff, 4), machine.memory.write(0x3014, 0x00cf9300, 4);  // data
    machine.state().gdtr = {0x3000, 0x17};
    machine.state().idtr = {idt_base, 32 * 8 - 1};
}

void set(FlatMachine& machine, const Registers& before) {
    const std::array values{before.eax, before.ecx, before.edx, before.ebx, std::optional<std::uint32_t>{},
                            before.ebp, before.esi, before.edi};
    for (unsigned i = 0; i < values.size(); ++i)
        if (i != esp) machine.state().gpr[i] = values[i].value_or(0);
    if (before.flags) machine.processor.cpu().set_eflags(*before.flags, flag::status | flag::df);
}

void compare(FlatMachine& machine, const Case& test_case) {
    const Registers& after = test_case.after;
    const auto equal = [&](const char* name, const std::optional<std::uint32_t>& expected,
                           std::uint32_t actual) {
        INFO(std::string(name));
        if (expected) CHECK_EQ(actual, *expected);
    };
    const CpuState& s = machine.state();
    equal("eax", after.eax, s.reg32(eax));
    equal("ecx", after.ecx, s.reg32(ecx));
    equal("edx", after.edx, s.reg32(edx));
    equal("ebx", after.ebx, s.reg32(ebx));
    equal("ebp", after.ebp, s.reg32(ebp));
    equal("esi", after.esi, s.reg32(esi));
    equal("edi", after.edi, s.reg32(edi));
    if (test_case.memory_after) CHECK_EQ(machine.memory.read(data, 8), *test_case.memory_after);
    if (after.flags) CHECK_EQ(s.eflags() & test_case.flags_mask, *after.flags & test_case.flags_mask);
}

void run_once(const Case& test_case, const EngineKind& kind) {
    INFO(std::string(test_case.name));
    INFO(std::string(kind.name));
    FlatMachine machine;
    machine.use(kind);
    install_handlers(machine);
    set(machine, test_case.before);
    machine.memory.write(data, test_case.memory_before, 8);
    const auto bytes = assemble32(
        [&](asmjit::x86::Assembler& a) {
            test_case.code(a);
            a.hlt();
        },
        FlatMachine::code_base);
    machine.load(FlatMachine::code_base, bytes);
    REQUIRE(machine.run() == ExitReason::halted);
    const std::uint32_t end = FlatMachine::code_base + static_cast<std::uint32_t>(bytes.size());
    const std::uint32_t expected =
        test_case.exception ? handler_base + static_cast<unsigned>(*test_case.exception) * 16 + 1 : end;
    CHECK_EQ(machine.state().rip, expected);
    compare(machine, test_case);
}

}  // namespace

void check(const Case& test_case) {
    for (const EngineKind& kind : engine_kinds()) run_once(test_case, kind);
}

}  // namespace calque::test
