// Counts what each block retired.
#include "cpu/counting_interpreter.hpp"

#include "cpu/instruction_table.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace calque {
namespace {

/// Operands beside ModRM's, of one execution or iteration.
unsigned implicit_operands(const Row& row) {
    using enum InstructionClass;
    const std::string_view name = row.name;
    if (row.cls == stack) return 1;
    if (row.cls == control_transfer) return name == "call" || name == "ret";
    if (row.cls == string) return name == "movs" || name == "cmps" ? 2 : 1;
    return 0;
}

bool accesses_memory(const Row& row) {
    return row.rm_access != Access::none && !(row.map == OpcodeMap::one_byte && row.opcode == 0x8d);
}

}  // namespace

CountingInterpreter::CountingInterpreter() : counts_(instruction_table().size() + 1) {}

CountingInterpreter::Count& CountingInterpreter::of(const Insn& insn) {
    return counts_[std::min<std::size_t>(insn.row, counts_.size() - 1)];
}

void CountingInterpreter::execute(Cpu& cpu, BlockCache& blocks) {
    do {
        Block* block = blocks.find();
        if (!block || block->count > cpu.budget) return;
        run(cpu, *block);
    } while (!needs_attention(cpu));
}

/// As interpret_block(), which does not tell where it stopped.
void CountingInterpreter::run(Cpu& cpu, Block& block) {
    if (block.executions++ == 0)
        for (unsigned i = 0; i < block.count; ++i) ++of(block.insns[i]).decoded;
    const std::int64_t before = cpu.budget;
    cpu.budget -= block.count;
    const Insn* const first = block.insns.get();
    const Insn* const stopped = first->execute(cpu, first);
    if (stopped) {
        cpu.budget += stopped->remaining;
        cpu.state.rip = static_cast<std::uint32_t>(cpu.state.rip + stopped->offset);
    }
    cpu.current = nullptr;
    cpu.sse_flags.collect(cpu.state.fpu);
    const auto retired = static_cast<unsigned>(stopped ? stopped - first : block.count);
    count(block, retired, static_cast<std::uint64_t>(before - cpu.budget));
}

/// What was paid for beyond one for each instruction are iterations of the last that may repeat.
void CountingInterpreter::count(const Block& block, unsigned retired, std::uint64_t paid) {
    Insn* repeated = nullptr;
    const unsigned reached = std::min<unsigned>(retired + 1, block.count);
    for (unsigned i = 0; i < reached; ++i) {
        Insn& insn = block.insns[i];
        if (i < retired) ++of(insn).executed[insn.has_memory()];
        if (insn.row != no_row && (row_of(insn).attributes & attribute::repeatable)) repeated = &insn;
    }
    if (repeated && paid > retired) of(*repeated).executed[0] += paid - retired;
}

std::vector<CountingInterpreter::Mnemonic> CountingInterpreter::mnemonics() const {
    std::map<std::pair<std::string, std::string>, Mnemonic> by_name;
    for (std::size_t number = 0; number < counts_.size(); ++number) {
        const Count& count = counts_[number];
        if (count.decoded == 0) continue;
        const bool listed = number < instruction_table().size();
        const Row row = listed ? instruction_table()[number] : Row{.name = "undefined"};
        const char* sensitivity = class_name(row.sensitivity);
        Mnemonic& entry = by_name[{row.name, sensitivity}];
        entry.name = row.name;
        entry.sensitivity = sensitivity;
        entry.decoded += count.decoded;
        entry.executed += count.executed[0] + count.executed[1];
    }
    std::vector<Mnemonic> all;
    all.reserve(by_name.size());
    for (auto& [name, entry] : by_name) all.push_back(std::move(entry));
    std::ranges::stable_sort(all, std::greater{}, &Mnemonic::executed);
    return all;
}

std::uint64_t CountingInterpreter::memory_operands() const {
    std::uint64_t sum = 0;
    for (std::size_t number = 0; number < instruction_table().size(); ++number) {
        const Row& row = instruction_table()[number];
        const auto& [in_registers, in_memory] = counts_[number].executed;
        if (accesses_memory(row)) sum += in_memory;
        sum += implicit_operands(row) * (in_registers + in_memory);
    }
    return sum;
}

}  // namespace calque
