// Gathers the groups' rows and finds the row of a form.
#include "cpu/instruction_table.hpp"

#include <algorithm>
#include <vector>

namespace calque {
namespace {

/// All rows in one array, and for each opcode of each map its rows, the most specific first.
struct Table {
    std::vector<Row> rows;
    std::array<std::array<std::vector<std::uint16_t>, 256>, 4> by_opcode;

    Table() {
        for (const auto group : {data_transfer_rows(), stack_rows(), arithmetic_rows(), logical_rows(),
                                 shift_rotate_rows(), bit_byte_rows(), control_transfer_rows(), string_rows(),
                                 flag_control_rows(), input_output_rows(), segment_register_rows(),
                                 far_transfer_rows(), system_rows(), x87_rows(), mmx_rows(), sse_rows()})
            rows.insert(rows.end(), group.begin(), group.end());
        for (Row& row : rows) classify(row);
        for (std::size_t i = 0; i < rows.size(); ++i) index(static_cast<std::uint16_t>(i));
        for (auto& map : by_opcode)
            for (auto& candidates : map)
                std::ranges::stable_sort(candidates, std::greater{},
                                         [this](std::uint16_t row) { return specificity(rows[row]); });
    }

    /// What is sensitive is never copied into generated code, whatever its group's file says.
    static void classify(Row& row) {
        row.sensitivity = sensitivity_of(row);
        if (row.sensitivity.sensitive()) row.cls = InstructionClass::emulated;
    }

    /// A row whose opcode names a register stands for eight opcodes.
    void index(std::uint16_t number) {
        const Row& row = rows[number];
        const unsigned count = row.attributes & attribute::register_in_opcode ? 8 : 1;
        for (unsigned i = 0; i < count; ++i)
            by_opcode[static_cast<unsigned>(row.map)][row.opcode + i].push_back(number);
    }

    static int specificity(const Row& row) {
        return (row.modrm >= 0 ? 8 : 0) + (row.digit >= 0 ? 4 : 0) + (row.mod != Mod::any ? 2 : 0) +
               (row.mandatory != Mandatory::ignored ? 1 : 0);
    }

    static bool matches(const Row& row, std::uint8_t modrm, Mandatory mandatory) {
        if (row.modrm >= 0 && row.modrm != modrm) return false;
        if (row.digit >= 0 && row.digit != (modrm >> 3 & 7)) return false;
        if (row.mod != Mod::any && (row.mod == Mod::reg) != (modrm >= 0xc0)) return false;
        switch (row.mandatory) {
            case Mandatory::ignored: return true;
            case Mandatory::not_repeated: return mandatory == Mandatory::none || mandatory == Mandatory::p66;
            default: return row.mandatory == mandatory;
        }
    }
};

const Table& table() {
    static const Table instance;
    return instance;
}

}  // namespace

std::span<const Row> instruction_table() {
    static const std::span<const Row> rows = table().rows;
    return rows;
}

int find_row(OpcodeMap map, std::uint8_t opcode, std::uint8_t modrm, Mandatory mandatory) {
    for (const std::uint16_t number : table().by_opcode[static_cast<unsigned>(map)][opcode])
        if (Table::matches(table().rows[number], modrm, mandatory)) return number;
    return -1;
}

}  // namespace calque
