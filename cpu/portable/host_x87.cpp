// The unit of cpu/host_x87.hpp in software: each thread has one, as each thread of an x86 host has.
#include "cpu/host_x87.hpp"

#include "cpu/portable/x87_unit.hpp"

namespace calque::host_x87 {
namespace {

thread_local soft::X87Unit unit;

}  // namespace

void load(const FpuArea& area) { unit.load(area); }
void store(FpuArea& area) {
    unit.store(area);
    unit.initialize();
}

std::uint16_t status() { return unit.status(); }
std::uint16_t control() { return unit.control(); }
void set_control(std::uint16_t value) { unit.set_control(value); }
void initialize() { unit.initialize(); }
void clear_exceptions() { unit.clear_exceptions(); }

void execute(std::uint8_t opcode, std::uint8_t modrm) { unit.execute(opcode, modrm); }
void execute(std::uint8_t opcode, unsigned digit, void* operand) { unit.execute(opcode, digit, operand); }
std::uint32_t execute_with_flags(std::uint8_t opcode, std::uint8_t modrm, std::uint32_t flags) {
    return unit.execute_with_flags(opcode, modrm, flags);
}

std::uint64_t read_mm(unsigned number) { return unit.read_mm(number); }
void write_mm(unsigned number, std::uint64_t value) { unit.write_mm(number, value); }
void mmx(std::uint8_t opcode, unsigned number, const void* source) { unit.mmx(opcode, number, source); }
void empty_mm() { unit.empty_mm(); }

}  // namespace calque::host_x87
