// Layout and disassembly of generated programs.
#include "tests/oracle/program.hpp"

#include "cpu/instruction_table.hpp"

#include <capstone/capstone.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>

namespace calque::test {
namespace {

void patch(const Item& item, std::uint8_t* end, std::uint32_t next, std::uint32_t target) {
    const std::uint32_t distance = target - next;
    switch (item.patch) {
        case Item::Patch::none: break;
        case Item::Patch::relative8: end[-1] = static_cast<std::uint8_t>(distance); break;
        case Item::Patch::relative32: std::memcpy(end - 4, &distance, 4); break;
        case Item::Patch::absolute32: std::memcpy(end - 4, &target, 4); break;
    }
}

std::string text_of(csh capstone, const std::uint8_t* bytes, std::size_t size, std::uint32_t address) {
    cs_insn* insn = nullptr;
    if (cs_disasm(capstone, bytes, size, address, 1, &insn) == 0) return "(not an instruction)";
    std::string text = fmt::format("{} {}", insn->mnemonic, insn->op_str);
    cs_free(insn, 1);
    return text;
}

}  // namespace

std::vector<std::uint8_t> Program::code(std::size_t count) const {
    std::vector<std::uint32_t> addresses;
    std::vector<std::uint8_t> bytes;
    for (std::size_t i = 0; i < count; ++i) {
        addresses.push_back(address + static_cast<std::uint32_t>(bytes.size()));
        bytes.insert(bytes.end(), items[i].bytes.begin(), items[i].bytes.end());
    }
    addresses.push_back(address + static_cast<std::uint32_t>(bytes.size()));
    for (std::size_t i = 0; i < count; ++i)
        patch(items[i], bytes.data() + (addresses[i + 1] - address), addresses[i + 1],
              addresses[std::min(items[i].target, count)]);
    return bytes;
}

void Program::apply_moves(std::size_t count, std::array<std::uint32_t, 8>& gpr) const {
    for (std::size_t i = 0; i < count; ++i) {
        const std::vector<std::uint8_t>& bytes = items[i].bytes;
        if ((bytes[0] & 0xf8) == 0xb8) std::memcpy(&gpr[bytes[0] & 7U], bytes.data() + 1, 4);
    }
}

std::optional<std::size_t> Program::index_at(std::size_t count, std::uint32_t eip) const {
    std::uint32_t at = address;
    for (std::size_t i = 0; i < count; ++i) {
        if (at == eip) return i;
        at += static_cast<std::uint32_t>(items[i].bytes.size());
    }
    return std::nullopt;
}

std::uint32_t Program::undefined_flags(std::size_t count, std::uint32_t eip) const {
    if (const auto index = index_at(count, eip))
        return items[*index].undefined_before | instruction_table()[items[*index].row].flags.undefined;
    std::uint32_t undefined = count ? items[count - 1].undefined_after : 0;
    for (std::size_t i = 0; i < count; ++i) {
        const bool leaves = instruction_table()[items[i].row].cls == InstructionClass::control_transfer;
        if (leaves && (items[i].patch == Item::Patch::none || items[i].target >= count))
            undefined |= items[i].undefined_after;
    }
    return undefined;
}

std::string Program::listing(std::size_t count, std::uint32_t eip) const {
    csh capstone = 0;
    if (cs_open(CS_ARCH_X86, CS_MODE_32, &capstone) != CS_ERR_OK) return "(no disassembler)\n";
    const std::vector<std::uint8_t> bytes = code(count);
    std::string text;
    std::size_t offset = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint8_t* start = bytes.data() + offset;
        const std::size_t size = items[i].bytes.size();
        const auto at = static_cast<std::uint32_t>(address + offset);
        text += fmt::format("{} {:08x}  {:<32} {}\n", at == eip ? '>' : ' ', at,
                            fmt::format("{:02x}", fmt::join(start, start + size, " ")),
                            text_of(capstone, start, size, at));
        offset += size;
    }
    cs_close(&capstone);
    return text;
}

}  // namespace calque::test
