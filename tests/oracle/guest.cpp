// The guest side of the oracle.
#include "tests/oracle/guest.hpp"

#include <algorithm>
#include <cstring>

namespace calque::test {
namespace {

// Selectors are Linux's, so that a program that looks at them sees the same.
constexpr std::uint16_t kernel_cs = 0x10, kernel_ss = 0x18, user_cs = 0x23, user_ds = 0x2b,
                        tss_selector = 0x40;
constexpr std::uint32_t gdt = 0x4000, idt = 0x4800, tss = 0x4c00, handlers = 0x5000, kernel_stack = 0x8000;
constexpr std::uint64_t instruction_limit = 20'000;
constexpr std::uint32_t user_flags = flag::status | flag::df;

constexpr std::uint64_t flat_descriptor(unsigned access) {
    return 0x00cf'0000'0000'ffffULL | std::uint64_t{access} << 40;
}

bool has_error_code(unsigned vector) { return vector == 8 || (vector >= 10 && vector <= 14) || vector == 17; }

SegmentRegister user_segment(std::uint16_t selector, unsigned access) {
    SegmentRegister segment;
    segment.selector = selector;
    segment.limit = 0xffff'ffffU;
    segment.attributes =
        static_cast<std::uint16_t>(access | segment_attribute::big | segment_attribute::granularity);
    segment.refresh();
    return segment;
}

}  // namespace

OracleGuest::OracleGuest(const EngineKind& kind) : name_(kind.name) {
    const MemoryBlock& block = machine_.memory.add_block(NativeRunner::size);
    machine_.memory.map_ram(NativeRunner::base, block, 0, NativeRunner::size);
    build_tables();
    machine_.use(kind);
    enter_user_mode();
    mode_ = machine_.processor.cpu().mode;
}

void OracleGuest::build_tables() {
    const auto put = [&](std::uint32_t address, std::uint64_t value) {
        machine_.memory.write(address, value, 8);
    };
    put(gdt + kernel_cs, flat_descriptor(0x9b));
    put(gdt + kernel_ss, flat_descriptor(0x93));
    put(gdt + (user_cs & ~7U), flat_descriptor(0xfb));
    put(gdt + (user_ds & ~7U), flat_descriptor(0xf3));
    machine_.memory.write(tss + 4, kernel_stack, 4);
    machine_.memory.write(tss + 8, kernel_ss, 4);
    for (unsigned vector = 0; vector < 32; ++vector) {
        const std::uint32_t handler = handlers + vector * 16;
        put(idt + vector * 8, std::uint64_t{handler} >> 16 << 48 | 0xee00ULL << 32 |
                                  std::uint64_t{kernel_cs} << 16 | (handler & 0xffff));
        machine_.memory.write(handler, 0xf4, 1);
    }
    CpuState& s = machine_.state();
    s.gdtr = {gdt, 0x7f};
    s.idtr = {idt, 32 * 8 - 1};
    s.tr.base = tss;
    s.tr.limit = 0x67;
    s.tr.selector = tss_selector;
    s.tr.attributes = 0x8b;
}

void OracleGuest::enter_user_mode() {
    CpuState& s = machine_.state();
    for (SegmentRegister& segment : s.segments) segment = {};
    s.cs() = user_segment(user_cs, 0xfb);
    for (const SegmentName name : {seg_ss, seg_ds, seg_es}) s.segments[name] = user_segment(user_ds, 0xf3);
    s.cpl = 3;
    s.halted = false;
    s.inhibition = Inhibition::none;
    machine_.processor.cpu().set_eflags(flag::always_one, ~0U);
    machine_.processor.cpu().refresh_mode();
}

void OracleGuest::copy(std::uint32_t address, std::span<std::uint8_t> bytes) {
    machine_.memory.read_bytes(address, bytes);
}

void OracleGuest::load(const NativeState& state, const Memory& memory) {
    CpuState& s = machine_.state();
    std::ranges::copy(state.gpr, s.gpr.begin());
    std::memcpy(static_cast<void*>(&s.fpu), state.fpu.data(), state.fpu.size());
    s.fpu.fip = s.fpu.fdp = 0;
    s.fpu.fop = 0;
    s.fpu.mxcsr_mask = 0xffff;
    s.instructions = 0;
    s.cr2 = 0;
    enter_user_mode();
    machine_.processor.cpu().set_eflags(state.eflags, user_flags);
    machine_.memory.write_bytes(window::data, memory.data);
    machine_.memory.write_bytes(window::stack, memory.stack);
}

Outcome OracleGuest::run(std::uint32_t address, std::span<const std::uint8_t> code, const NativeState& state,
                         const Memory& memory) {
    constexpr std::uint8_t hlt = 0xf4;
    load(state, memory);
    const auto end = static_cast<std::uint32_t>(address + code.size());
    machine_.memory.write_bytes(address, code);
    machine_.memory.write(end, hlt, 1);
    machine_.state().rip = address;
    Outcome ended;
    if (machine_.run(instruction_limit) != ExitReason::halted)
        ended.vector = Outcome::no_end;
    else
        ended = outcome(end);
    copy(window::data, ended.memory.data);
    copy(window::stack, ended.memory.stack);
    return ended;
}

/// Reads the frame that the exception left on the stack of ring 0.
Outcome OracleGuest::outcome(std::uint32_t end) {
    const CpuState& s = machine_.state();
    Outcome ended;
    ended.vector = static_cast<int>((s.rip - handlers) / 16);
    ended.instructions = s.instructions - 1;  // the handler's HLT
    std::uint32_t frame = s.reg32(esp);
    const auto pop = [&] { return static_cast<std::uint32_t>(machine_.memory.read((frame += 4) - 4, 4)); };
    if (has_error_code(static_cast<unsigned>(ended.vector))) ended.error_code = pop();
    ended.eip = pop();
    pop();  // CS
    for (unsigned i = 0; i < 8; ++i) ended.state.gpr[i] = s.reg32(i);
    ended.state.eflags = pop();
    ended.state.gpr[esp] = pop();
    std::memcpy(ended.state.fpu.data(), static_cast<const void*>(&s.fpu), ended.state.fpu.size());
    if (ended.vector == static_cast<int>(Vector::gp) && ended.eip == end) ended.vector = Outcome::end;
    return ended;
}

}  // namespace calque::test
