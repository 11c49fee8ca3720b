// SSE4.1: elements in and out of XMM registers, and MOVNTDQA (SDM vol. 1, "Insertion and Extractions from XMM
// Registers", "Streaming Load Hint Instruction").
#include "cpu/instructions/sse.hpp"

namespace calque {
namespace {

template <typename T>
constexpr unsigned count_of = 16 / sizeof(T);

/// PINSRB, PINSRD.
template <typename T>
bool insert(Cpu& cpu, const Insn& insn) {
    T value;
    if (!insn.has_memory())
        value = static_cast<T>(register_at<std::uint32_t>(cpu.state, insn.rm));
    else if (!RmMemory::read(cpu, insn, value))
        return false;
    const unsigned place = insn.immediate % count_of<T>;
    std::memcpy(reg_xmm(cpu, insn).bytes.data() + place * sizeof(T), &value, sizeof(T));
    return true;
}

/// PEXTRB, PEXTRW, PEXTRD, EXTRACTPS: a register gets the element zero-extended.
template <typename T>
bool extract(Cpu& cpu, const Insn& insn) {
    T value;
    const unsigned place = insn.immediate % count_of<T>;
    std::memcpy(&value, reg_xmm(cpu, insn).bytes.data() + place * sizeof(T), sizeof(T));
    if (insn.has_memory()) return RmMemory::write(cpu, insn, value);
    set_register_at(cpu.state, insn.rm, std::uint32_t{value});
    return true;
}

/// INSERTPS: bits 7-6 of the immediate choose the element of a register source, 5-4 its place, 3-0 what
/// becomes zero.
bool insertps(Cpu& cpu, const Insn& insn) {
    std::uint32_t value;
    if (insn.has_memory()) {
        if (!RmMemory::read(cpu, insn, value)) return false;
    } else {
        std::memcpy(&value, rm_xmm(cpu, insn).bytes.data() + (insn.immediate >> 6 & 3) * 4, sizeof(value));
    }
    std::array<std::uint32_t, 4> elements;
    std::memcpy(elements.data(), reg_xmm(cpu, insn).bytes.data(), sizeof(elements));
    elements[insn.immediate >> 4 & 3] = value;
    for (unsigned i = 0; i < elements.size(); ++i)
        if (insn.immediate >> i & 1) elements[i] = 0;
    std::memcpy(reg_xmm(cpu, insn).bytes.data(), elements.data(), sizeof(elements));
    return true;
}

bool movntdqa(Cpu& cpu, const Insn& insn) {
    return check_aligned16(cpu, insn) && RmMemory::read(cpu, insn, reg_xmm(cpu, insn));
}

template <auto semantics>
constexpr Row row_of_sse41(OpcodeMap map, const char* name, std::uint8_t opcode, unsigned size) {
    return needing(feature::sse41, in_map(map, sse_row<semantics>(name, Mandatory::p66, opcode, size)));
}
template <typename T>
constexpr Row insert_row(const char* name, std::uint8_t opcode) {
    return with_rm(row_of_sse41<insert<T>>(OpcodeMap::map_0f3a, name, opcode, sizeof(T)), OperandKind::gpr32);
}
template <typename T>
constexpr Row extract_row(const char* name, std::uint8_t opcode) {
    return stores(
        with_rm(row_of_sse41<extract<T>>(OpcodeMap::map_0f3a, name, opcode, sizeof(T)), OperandKind::gpr32));
}

constexpr std::array rows{
    extract_row<std::uint8_t>("pextrb", 0x14),
    extract_row<std::uint16_t>("pextrw", 0x15),
    extract_row<std::uint32_t>("pextrd", 0x16),
    extract_row<std::uint32_t>("extractps", 0x17),
    insert_row<std::uint8_t>("pinsrb", 0x20),
    insert_row<std::uint32_t>("pinsrd", 0x22),
    row_of_sse41<insertps>(OpcodeMap::map_0f3a, "insertps", 0x21, 4),
    only(Mod::memory, writes_reg(row_of_sse41<movntdqa>(OpcodeMap::map_0f38, "movntdqa", 0x2a, 16))),
};

}  // namespace

std::span<const Row> sse4_insert_extract_rows() { return rows; }

}  // namespace calque
