// Puts instructions together.
#include "tests/oracle/program_builder.hpp"

#include "cpu/instruction_table.hpp"
#include "cpu/state.hpp"

#include <algorithm>

namespace calque::test {

ProgramBuilder::ProgramBuilder(Program& program, const std::array<std::uint32_t, 8>& registers)
    : program_(program) {
    std::ranges::copy(registers, known_.begin());
}

void ProgramBuilder::begin_group() {
    const auto arrives = [](const Pending& pending) { return pending.groups_left == 0; };
    for (const Pending& pending : pending_)
        if (arrives(pending)) land(pending);
    std::erase_if(pending_, arrives);
    for (Pending& pending : pending_) --pending.groups_left;
}

/// Both ways lead here: only what holds on each is known.
void ProgramBuilder::land(const Pending& pending) {
    program_.items[pending.item].target = program_.items.size();
    known_.fill({});
    stack_is_lost_ = stack_is_lost_ || pending.stack_is_lost;
    undefined_flags_ |= pending.undefined_flags;
}

void ProgramBuilder::push(Item item) {
    const Row& row = instruction_table()[item.row];
    const bool may_do_nothing = row.cls == InstructionClass::string;  // repeated 0 times
    item.undefined_before = undefined_flags_;
    if (row.flags.read & undefined_flags_) program_.native_agrees = false;
    if (!may_do_nothing) undefined_flags_ &= ~row.flags.written;
    undefined_flags_ |= row.flags.undefined;
    item.undefined_after = undefined_flags_;
    program_.items.push_back(std::move(item));
}

void ProgramBuilder::push_jump(Item item, Item::Patch patch, unsigned groups) {
    item.patch = patch;
    pending_.push_back({groups, program_.items.size(), stack_is_lost_, undefined_flags_});
    push(std::move(item));
}

void ProgramBuilder::finish() {
    for (const Pending& pending : pending_) land(pending);
    pending_.clear();
}

void ProgramBuilder::set_register(unsigned number, std::uint32_t value) {
    push(helper({0xb8 + number}, value));
    known_[number] = value;
}

void ProgramBuilder::forget(unsigned number) { known_[number].reset(); }

Item ProgramBuilder::helper(std::initializer_list<unsigned> opcode, std::uint32_t value) {
    Item item;
    for (const unsigned byte : opcode) item.bytes.push_back(static_cast<std::uint8_t>(byte));
    const std::uint8_t modrm = item.bytes.size() > 1 ? item.bytes[1] : 0xc0;
    for (unsigned i = 0; i < 4; ++i) item.bytes.push_back(static_cast<std::uint8_t>(value >> 8 * i));
    item.row = static_cast<unsigned>(find_row(OpcodeMap::one_byte, item.bytes[0], modrm, Mandatory::none));
    return item;
}

Item ProgramBuilder::store(std::uint32_t address, std::uint32_t value) {
    Item item = helper({0xc7, 0x05}, address);
    for (unsigned i = 0; i < 4; ++i) item.bytes.push_back(static_cast<std::uint8_t>(value >> 8 * i));
    return item;
}

}  // namespace calque::test
