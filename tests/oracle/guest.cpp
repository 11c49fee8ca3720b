// The guest side of the oracle.
#include "tests/oracle/guest.hpp"

#include <algorithm>
#include <cstring>

namespace calque::test {
namespace {

constexpr std::uint64_t instruction_limit = 20'000;
constexpr std::uint8_t hlt = 0xf4;

}  // namespace

OracleGuest::OracleGuest(const EngineKind& kind, bool has_gs)
    : name_(kind.name), machine_(kind), has_gs_(has_gs) {
    const MemoryBlock& block = machine_.memory.add_block(NativeRunner::size);
    // No two pages that follow each other are neighbours on the host: an access may not run on from one into
    // the other.
    for (std::uint32_t page = 0; page < NativeRunner::size; page += page_size)
        machine_.memory.map_ram(NativeRunner::base + page, block, NativeRunner::size - page_size - page,
                                page_size);
    machine_.enable_paging();
    machine_.map_user(window::code, window::code_size);
    machine_.map_user(window::data, window::data_size);
    machine_.map_user(window::stack, window::stack_size);
    machine_.map_user(window::fixed, window::fixed_size, UserMachine::read_only);
    machine_.memory.write_bytes(window::fixed, fixed_memory());
    // As on the host, 16-bit addresses find nothing.
    for (std::uint32_t page = 0; page < UserMachine::system_base; page += page_size)
        machine_.set_page(page, UserMachine::absent);
    mode_ = machine_.processor.cpu().mode;
}

void OracleGuest::load(const NativeState& state, const Memory& memory) {
    CpuState& s = machine_.state();
    std::ranges::copy(state.gpr, s.gpr.begin());
    std::memcpy(static_cast<void*>(&s.fpu), state.fpu.data(), state.fpu.size());
    s.fpu.fip = s.fpu.fdp = 0;
    s.fpu.fop = 0;
    s.fpu.mxcsr_mask = 0xffff;
    s.instructions = 0;
    machine_.memory.write_bytes(window::data, memory.data);
    machine_.memory.write_bytes(window::stack, memory.stack);
}

Outcome OracleGuest::run(std::uint32_t address, std::span<const std::uint8_t> code, const NativeState& state,
                         const Memory& memory) {
    load(state, memory);
    machine_.enter(address, (state.eflags & (flag::status | flag::df)) | flag::interrupt);  // as on the host
    if (has_gs_) load_gs();
    machine_.load(address, code);
    const auto end = static_cast<std::uint32_t>(address + code.size());
    machine_.memory.write(end, hlt, 1);
    Outcome ended;
    ended.vector = Outcome::no_end;
    if (const auto exception = machine_.run_to_exception(instruction_limit)) ended = outcome(*exception);
    if (ended.vector == static_cast<int>(Vector::gp) && ended.eip == end) ended.vector = Outcome::end;
    machine_.memory.read_bytes(window::data, ended.memory.data);
    machine_.memory.read_bytes(window::stack, ended.memory.stack);
    return ended;
}

void OracleGuest::load_gs() {
    constexpr std::uint16_t user_data = 0xf3;
    SegmentRegister& gs = machine_.state().segments[seg_gs];
    gs.base = window::gs_base;
    gs.limit = window::gs_limit;
    gs.attributes = user_data | segment_attribute::big;
    gs.selector = NativeRunner::gs_selector;
    gs.refresh();
}

Outcome OracleGuest::outcome(const UserMachine::End& end) {
    const CpuState& s = machine_.state();
    Outcome ended;
    ended.vector = static_cast<int>(end.vector);
    ended.eip = end.eip;
    ended.error_code = end.error_code;
    if (end.vector == Vector::pf) ended.fault_address = static_cast<std::uint32_t>(s.cr2);
    ended.instructions = s.instructions;
    for (unsigned i = 0; i < 8; ++i) ended.state.gpr[i] = s.reg32(i);
    ended.state.eflags = end.eflags;
    std::memcpy(ended.state.fpu.data(), static_cast<const void*>(&s.fpu), ended.state.fpu.size());
    return ended;
}

}  // namespace calque::test
