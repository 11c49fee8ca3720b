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

/// Of an instruction among counters by row.
std::size_t place_of(const Insn& insn, std::size_t places) {
    return std::min<std::size_t>(insn.row, places - 1);
}

bool accesses_memory(const Row& row) {
    return row.rm_access != Access::none && !(row.map == OpcodeMap::one_byte && row.opcode == 0x8d);
}

}  // namespace

CountingInterpreter::CountingInterpreter(BlockCache& blocks)
    : blocks_(blocks), counts_(instruction_table().size() + 1) {
    blocks_.on_drop([this](const Block& block) {
        if (seen_.erase(&block)) add(block, block.executions, counts_);
    });
}

CountingInterpreter::~CountingInterpreter() { blocks_.on_drop({}); }

void CountingInterpreter::execute(Cpu& cpu, BlockCache& blocks) {
    do {
        Block* block = blocks.find();
        if (!block || block->count > cpu.budget) return;
        run(cpu, *block, blocks.is_single(*block));
    } while (may_go_on(cpu));
}

/// As interpret_block(), which does not tell where it stopped. A single block goes away unseen.
void CountingInterpreter::run(Cpu& cpu, Block& block, bool single) {
    if (single)
        add(block, 1, counts_);
    else if (block.executions++ == 0)
        seen_.insert(&block);
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
    const auto paid = static_cast<std::uint64_t>(before - cpu.budget);
    if (retired != block.count || paid != retired) correct(block, retired, paid);
}

void CountingInterpreter::add(const Block& block, std::uint64_t executions, Counts& counts) {
    for (unsigned i = 0; i < block.count; ++i) {
        const Insn& insn = block.insns[i];
        Count& count = counts[place_of(insn, counts.size())];
        ++count.decoded;
        count.executed[insn.has_memory()] += executions;
    }
}

/// Takes back what did not retire. What was paid for beyond one for each instruction are iterations of the
/// last that may repeat.
void CountingInterpreter::correct(const Block& block, unsigned retired, std::uint64_t paid) {
    const Insn* repeated = nullptr;
    for (unsigned i = 0; i < block.count; ++i) {
        const Insn& insn = block.insns[i];
        if (i >= retired) --counts_[place_of(insn, counts_.size())].executed[insn.has_memory()];
        if (i <= retired && insn.row != no_row && (row_of(insn).attributes & attribute::repeatable))
            repeated = &insn;
    }
    if (repeated && paid > retired)
        counts_[place_of(*repeated, counts_.size())].executed[0] += paid - retired;
}

CountingInterpreter::Counts CountingInterpreter::all_counts() const {
    Counts all = counts_;
    for (const Block* block : seen_) add(*block, block->executions, all);
    return all;
}

std::vector<CountingInterpreter::Mnemonic> CountingInterpreter::mnemonics() const {
    std::map<std::pair<std::string, std::string>, Mnemonic> by_name;
    const Counts counts = all_counts();
    for (std::size_t number = 0; number < counts.size(); ++number) {
        const Count& count = counts[number];
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
    const Counts counts = all_counts();
    for (std::size_t number = 0; number < instruction_table().size(); ++number) {
        const Row& row = instruction_table()[number];
        const auto& [in_registers, in_memory] = counts[number].executed;
        if (accesses_memory(row)) sum += in_memory;
        sum += implicit_operands(row) * (in_registers + in_memory);
    }
    return sum;
}

}  // namespace calque
