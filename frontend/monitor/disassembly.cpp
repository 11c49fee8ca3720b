// Capstone's view of code.
#include "frontend/monitor/disassembly.hpp"

#include <capstone/capstone.h>
#include <fmt/format.h>

#include <memory>
#include <stdexcept>

namespace calque {
namespace {

cs_mode mode_of(CodeWidth width) {
    switch (width) {
        case CodeWidth::bits16: return CS_MODE_16;
        case CodeWidth::bits32: return CS_MODE_32;
        case CodeWidth::bits64: break;
    }
    return CS_MODE_64;
}

std::string digits(std::span<const std::uint8_t> bytes) {
    std::string text;
    for (const std::uint8_t byte : bytes) text += fmt::format("{:02x}", byte);
    return text;
}

}  // namespace

std::vector<DisassembledInsn> disassemble(std::span<const std::uint8_t> bytes, CodePlace place,
                                          std::size_t count) {
    csh handle = 0;
    if (cs_open(CS_ARCH_X86, mode_of(place.width), &handle) != CS_ERR_OK)
        throw std::runtime_error("no disassembler");
    const std::unique_ptr<cs_insn, void (*)(cs_insn*)> insn(cs_malloc(handle),
                                                            [](cs_insn* each) { cs_free(each, 1); });
    std::vector<DisassembledInsn> all;
    while (all.size() < count && !bytes.empty()) {
        const std::uint8_t* code = bytes.data();
        std::size_t left = bytes.size();
        std::uint64_t at = place.offset();
        const bool known = cs_disasm_iter(handle, &code, &left, &at, insn.get());
        const unsigned length = known ? insn->size : 1;
        std::string text =
            known ? fmt::format("{} {}", insn->mnemonic, insn->op_str) : fmt::format("db {:#04x}", bytes[0]);
        while (text.ends_with(' ')) text.pop_back();
        all.push_back({place.address, length, digits(bytes.first(length)), std::move(text)});
        bytes = bytes.subspan(length);
        place.address += length;
    }
    cs_close(&handle);
    return all;
}

}  // namespace calque
