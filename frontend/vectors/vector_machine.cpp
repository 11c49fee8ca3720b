// The processor that runs vectors.
#include "frontend/vectors/vector_machine.hpp"

#include <algorithm>

namespace calque {
namespace {

constexpr std::uint64_t instruction_limit = 300'000;  // REP with CX = FFFF and then some
constexpr std::uint8_t hlt = 0xf4;

constexpr std::uint32_t spare_handler(Vector vector) {
    return 0xffff'ff00U + static_cast<std::uint32_t>(vector);
}
constexpr std::uint32_t entry_of(Vector vector) { return static_cast<std::uint32_t>(vector) * 4; }

void load_real_mode(SegmentRegister& segment, std::uint16_t selector) {
    segment.selector = selector;
    segment.base = std::uint64_t{selector} << 4;
    segment.refresh();
}

}  // namespace

VectorMachine::VectorMachine(const EngineFactory& make_engine)
    : memory_(16 << 20), mmu_(memory_), processor_(mmu_, board_, *find_cpu_model("486")) {
    engine_ = make_engine(processor_.cpu(), processor_.blocks());
    processor_.use_engine(engine_.get());
}

void VectorMachine::run(const MooTest& test) {
    processor_.reset();
    load_memory(test);
    load_registers(test);
    ExitReason reason;
    do reason = processor_.run(instruction_limit);
    while (reason == ExitReason::stop);
}

/// A test that reads part of a spare handler's entry moves the handler: the HLT goes where the entry then
/// points.
void VectorMachine::load_memory(const MooTest& test) {
    for (const Vector vector : spare_handlers) memory_.write(entry_of(vector), spare_handler(vector), 4);
    const auto load = [&] {
        for (const MooByte& byte : test.ram_before) memory_.write(byte.address, byte.value, 1);
    };
    load();
    for (const Vector vector : spare_handlers) {
        const auto entry = static_cast<std::uint32_t>(memory_.read(entry_of(vector), 4));
        memory_.write((entry >> 16) * 16 + (entry & 0xffff), hlt, 1);
    }
    load();
}

void VectorMachine::load_registers(const MooTest& test) {
    CpuState& s = processor_.cpu().state;
    const auto reg = [&](MooRegister name) { return test.before[static_cast<unsigned>(name)]; };
    using enum MooRegister;
    s.gpr = {reg(ax), reg(cx), reg(dx), reg(bx), reg(sp), reg(bp), reg(si), reg(di)};
    load_real_mode(s.segments[seg_cs], reg(cs));
    load_real_mode(s.segments[seg_ss], reg(ss));
    load_real_mode(s.segments[seg_ds], reg(ds));
    load_real_mode(s.segments[seg_es], reg(es));
    s.rip = reg(ip);
    processor_.cpu().set_eflags(reg(flags) & compared_flags, 0xffff);
    s.instructions = 0;
}

MooRegisters VectorMachine::registers() {
    const CpuState& s = processor_.cpu().state;
    const auto r = [&](unsigned n) { return static_cast<std::uint16_t>(s.gpr[n]); };
    const auto selector = [&](unsigned n) { return s.segments[n].selector; };
    return {r(eax),
            r(ebx),
            r(ecx),
            r(edx),
            selector(seg_cs),
            selector(seg_ss),
            selector(seg_ds),
            selector(seg_es),
            r(esp),
            r(ebp),
            r(esi),
            r(edi),
            static_cast<std::uint16_t>(s.rip),
            static_cast<std::uint16_t>(s.eflags())};
}

std::uint16_t VectorMachine::word(std::uint16_t segment, std::uint16_t offset) {
    const auto at = [&](unsigned distance) { return byte(segment * 16U + ((offset + distance) & 0xffffU)); };
    return static_cast<std::uint16_t>(at(0) | at(1) << 8);
}

std::pair<std::uint16_t, std::uint16_t> VectorMachine::halted_in(std::uint8_t vector) {
    const auto entry = static_cast<std::uint32_t>(memory_.read(vector * 4U, 4));
    return {static_cast<std::uint16_t>(entry >> 16), static_cast<std::uint16_t>(entry + 1)};
}

}  // namespace calque
