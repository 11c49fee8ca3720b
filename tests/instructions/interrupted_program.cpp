// Descriptor tables and handlers below the program.
#include "tests/instructions/interrupted_program.hpp"

namespace calque::test {
namespace {

using asmjit::x86::Assembler;
namespace x = asmjit::x86;

constexpr std::uint32_t gdt = 0x4000, idt = 0x4800, step_over = 0x5000, count = 0x5100;
constexpr std::uint64_t flat_code = 0x00cf'9b00'0000'ffff, flat_data = 0x00cf'9300'0000'ffff;

/// Of 32 bits, through selector 8, to an address below 64 KiB.
constexpr std::uint64_t interrupt_gate(std::uint32_t handler) { return 0x0000'8e00'0008'0000 | handler; }

}  // namespace

void load_interrupted_program(FlatMachine& machine, const std::function<void(Assembler&)>& program) {
    machine.memory.write(gdt + 8, flat_code, 8);
    machine.memory.write(gdt + 16, flat_data, 8);
    machine.memory.write(idt, interrupt_gate(step_over), 8);
    machine.memory.write(idt + 0x21 * 8, interrupt_gate(count), 8);
    machine.state().gdtr = {gdt, 0x17};
    machine.state().idtr = {idt, 0x7ff};
    machine.assemble([](Assembler& a) { a.add(x::dword_ptr(x::esp), 2), a.iretd(); }, step_over);
    machine.assemble([](Assembler& a) { a.inc(x::dword_ptr(interrupt_count)), a.iretd(); }, count);
    machine.assemble(program);
}

std::vector<std::uint64_t> fingerprint(FlatMachine& machine) {
    const CpuState& s = machine.state();
    std::vector<std::uint64_t> all(s.gpr.begin(), s.gpr.end());
    all.insert(all.end(), {s.rip, s.eflags(), s.instructions, s.halted, s.fpu.fsw, s.fpu.ftw, s.fpu.fip});
    for (std::uint32_t i = 0; i < 256; i += 8) all.push_back(machine.memory.read(buffer + i, 8));
    for (std::uint32_t i = 8; i <= 64; i += 8)
        all.push_back(machine.memory.read(FlatMachine::stack_top - i, 8));
    return all;
}

}  // namespace calque::test
