// The oracle's reach.
#include "tests/oracle/coverage.hpp"

#include "cpu/decoder.hpp"
#include "cpu/host_features.hpp"
#include "tests/support/approximation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

namespace calque::test {
namespace {

struct Exclusion {
    std::string_view name;
    const char* reason;
};

/// Rows of class `emulated` that do the same in ring 3 of any machine.
constexpr std::array<std::string_view, 32> harmless{
    "xlat",    "daa",       "das",      "aaa",        "aas",     "aam",     "aad",    "bound",
    "cld",     "std",       "salc",     "nop",        "wait",    "fldcw",   "fninit", "fneni",
    "fndisi",  "fnsetpm",   "fldenv",   "frstor",     "lfence",  "mfence",  "sfence", "prefetch",
    "clflush", "prefetchw", "maskmovq", "maskmovdqu", "ldmxcsr", "stmxcsr", "arpl",   "pushf"};

constexpr const char* holds_pointers =
    "its image holds FDP, and pointers that the host's kernel may have lost";
constexpr const char* privileged = "privileged, or virtualized by the host's kernel";
constexpr const char* loads_segment = "would load the host's segment registers";
constexpr std::array exclusions{
    Exclusion{"fnstenv", holds_pointers}, Exclusion{"fnsave", holds_pointers},
    Exclusion{"fxsave", holds_pointers},  Exclusion{"fxrstor", "its random image is nearly always refused"},
    Exclusion{"les", loads_segment},      Exclusion{"lds", loads_segment},
    Exclusion{"lss", loads_segment},      Exclusion{"lfs", loads_segment},
    Exclusion{"lgs", loads_segment},      Exclusion{"popf", "could set TF, AC and NT on the host"}};

bool touches_segments(const Row& row) {
    return row.reg == OperandKind::segment && row.reg_access == Access::write;
}

bool pushes_segment(const Row& row) { return std::string_view(row.name) == "push"; }

}  // namespace

const char* unrunnable(const Row& row) {
    if (row.features & ~features_of_host()) return "this host has not got it";
    const auto named = std::ranges::find(exclusions, std::string_view(row.name), &Exclusion::name);
    if (named != exclusions.end()) return named->reason;
    if (touches_segments(row)) return loads_segment;
    if (!approximates_as_host && is_approximation(row)) return "within a documented error only";
    if (row.cls != InstructionClass::emulated) return nullptr;
    if (row.reg == OperandKind::segment || pushes_segment(row)) return nullptr;
    if (row.attributes & attribute::software_interrupt)
        return "a software interrupt, the host kernel's business";
    return std::ranges::find(harmless, std::string_view(row.name)) == harmless.end() ? privileged : nullptr;
}

std::vector<unsigned> runnable_rows() {
    std::vector<unsigned> rows;
    for (unsigned i = 0; i < instruction_table().size(); ++i)
        if (!unrunnable(instruction_table()[i])) rows.push_back(i);
    return rows;
}

Coverage::Coverage(const Target& target) : target_(target), counts_(instruction_table().size()) {
    for (unsigned row = 0; row < counts_.size(); ++row) {
        first_cell_.push_back(cells_.size());
        if (std::ranges::find(target.rows, row) == target.rows.end()) continue;
        for (const Operand& operand : read_operands(instruction_table()[row]))
            cells_.push_back(
                {row, operand, std::vector<std::uint64_t>(value_classes(operand.element.kind).size())});
    }
    first_cell_.push_back(cells_.size());
}

void Coverage::add(Generated& made, unsigned first_row) {
    for (const Item& item : made.program.items) ++counts_[item.row];
    const auto found = std::ranges::find(made.program.items, first_row, &Item::row);
    if (found != made.program.items.end())
        add_operands(made, static_cast<std::size_t>(found - made.program.items.begin()));
}

void Coverage::add_operands(Generated& made, std::size_t item) {
    NativeState state = made.state;
    made.program.apply_moves(item, state.gpr);
    const Item& first = made.program.items[item];
    const Row& row = instruction_table()[first.row];
    Insn insn;
    decode(first.bytes, target_.mode, *target_.model, insn);
    for (std::size_t i = first_cell_[first.row]; i < first_cell_[first.row + 1]; ++i) {
        const Operand& operand = cells_[i].operand;
        const bool sized = row.reg == OperandKind::gpr || row.rm == OperandKind::gpr;
        if (sized && operand.operand_size != insn.operand_size) continue;
        if (const std::uint8_t* bytes = locate(operand, row, insn, state, made.memory))
            ++cells_[i].counts[classify(operand.element, bytes)];
    }
}

std::vector<std::string> Coverage::never_met() const {
    static constexpr std::array<const char*, 4> places{"reg", "r/m, a register", "r/m, memory", "ST(0)"};
    std::vector<std::string> lines;
    for (const Cell& cell : cells_) {
        const auto names = value_classes(cell.operand.element.kind);
        for (std::size_t number = 0; number < cell.counts.size(); ++number) {
            if (cell.counts[number]) continue;
            const Row& row = instruction_table()[cell.row];
            lines.push_back(fmt::format("{} (opcode {:02x}) with operand size {}: {}, {} bytes, {}", row.name,
                                        row.opcode, cell.operand.operand_size,
                                        places[static_cast<unsigned>(cell.operand.place)], cell.operand.size,
                                        names[number]));
        }
    }
    return lines;
}

std::string Coverage::summary() const {
    std::uint64_t total = 0, fewest = ~0ULL, classes = 0, rarest = ~0ULL;
    for (const unsigned row : target_.rows) {
        total += counts_[row];
        fewest = std::min(fewest, counts_[row]);
    }
    for (const Cell& cell : cells_) {
        classes += cell.counts.size();
        rarest = std::min(rarest, *std::ranges::min_element(cell.counts));
    }
    return fmt::format(
        "{} instruction forms run {} times, each at least {} times; {} classes of operands, each met "
        "at least {} times",
        target_.rows.size(), total, fewest, classes, rarest);
}

std::string Coverage::left_out() {
    std::map<std::string, std::string> names;
    for (const Row& row : instruction_table())
        if (const char* reason = unrunnable(row)) names[reason] += fmt::format(" {}", row.name);
    std::string text;
    for (const auto& [reason, rows] : names) text += fmt::format("not run, {}:{}\n", reason, rows);
    return text;
}

}  // namespace calque::test
