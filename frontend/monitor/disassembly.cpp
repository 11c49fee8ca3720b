// Code as the monitor shows it.
#include "frontend/monitor/disassembly.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace calque {
namespace {

std::string one_text(const InsnText& insn, std::uint8_t byte) {
    if (insn.length == 0) return fmt::format("db {:#04x}", byte);
    return insn.operands.empty() ? insn.mnemonic : fmt::format("{} {}", insn.mnemonic, insn.operands);
}

}  // namespace

std::vector<DisassembledInsn> disassemble(std::span<const std::uint8_t> bytes, CodePlace place,
                                          std::size_t count) {
    Disassembler disassembler(place.width);
    std::vector<DisassembledInsn> all;
    while (all.size() < count && !bytes.empty()) {
        const InsnText insn = disassembler.text(bytes, place.offset());
        const unsigned length = std::max(insn.length, 1U);
        all.push_back({place.address, length, fmt::format("{:02x}", fmt::join(bytes.first(length), "")),
                       one_text(insn, bytes[0])});
        bytes = bytes.subspan(length);
        place.address += length;
    }
    return all;
}

}  // namespace calque
