// Capstone in code of all widths.
#include "frontend/disassembler.hpp"

#include "frontend/usage_error.hpp"

#include <capstone/capstone.h>

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

}  // namespace

Disassembler::Disassembler(CodeWidth width, Syntax syntax) {
    if (cs_open(CS_ARCH_X86, mode_of(width), &handle_) != CS_ERR_OK)
        throw UsageError("Capstone does not know this processor");
    cs_option(handle_, CS_OPT_SYNTAX, syntax == Syntax::att ? CS_OPT_SYNTAX_ATT : CS_OPT_SYNTAX_INTEL);
    insn_ = cs_malloc(handle_);
}

Disassembler::~Disassembler() {
    cs_free(insn_, 1);
    cs_close(&handle_);
}

InsnText Disassembler::text(std::span<const std::uint8_t> bytes, std::uint64_t eip) {
    const std::uint8_t* code = bytes.data();
    std::size_t left = bytes.size();
    if (!cs_disasm_iter(handle_, &code, &left, &eip, insn_)) return {};
    return {insn_->mnemonic, insn_->op_str, insn_->size};
}

}  // namespace calque
