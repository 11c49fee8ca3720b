// Capstone in 16-bit and 32-bit code.
#include "frontend/trace/disassembler.hpp"

#include "frontend/usage_error.hpp"

#include <capstone/capstone.h>

#include <array>

namespace calque::trace {
namespace {

constexpr std::size_t remembered_texts = 1U << 14;

}  // namespace

struct Disassembler::Handles {
    std::array<csh, 2> by_size{};  ///< 16 and 32 bits
    cs_insn* insn = nullptr;
};

Disassembler::Disassembler(Syntax syntax)
    : handles_(std::make_unique<Handles>()), remembered_(remembered_texts) {
    constexpr cs_mode modes[]{CS_MODE_16, CS_MODE_32};
    for (unsigned i = 0; i < 2; ++i) {
        if (cs_open(CS_ARCH_X86, modes[i], &handles_->by_size[i]) != CS_ERR_OK)
            throw UsageError("Capstone does not know this processor");
        cs_option(handles_->by_size[i], CS_OPT_SYNTAX,
                  syntax == Syntax::att ? CS_OPT_SYNTAX_ATT : CS_OPT_SYNTAX_INTEL);
    }
    handles_->insn = cs_malloc(handles_->by_size[0]);
}

Disassembler::~Disassembler() {
    cs_free(handles_->insn, 1);
    for (csh& handle : handles_->by_size) cs_close(&handle);
}

const Disassembler::Text& Disassembler::text(const Code& code, std::uint64_t eip) {
    Remembered& found = remembered_[(code.linear ^ code.linear >> 14) % remembered_.size()];
    if (found.eip == eip && found.code == code) return found.text;
    found.code = code;
    found.eip = eip;
    const std::uint8_t* bytes = code.bytes.data();
    std::size_t size = code.length;
    std::uint64_t address = eip;
    if (cs_disasm_iter(handles_->by_size[code.code32], &bytes, &size, &address, handles_->insn))
        found.text = {handles_->insn->mnemonic, handles_->insn->op_str, handles_->insn->size};
    else
        found.text = {"(bad)", "", 0};
    return found.text;
}

}  // namespace calque::trace
