// A table of texts, each in the place that its address gives it.
#include "frontend/trace/code_texts.hpp"

namespace calque::trace {
namespace {

constexpr std::size_t remembered_texts = 1U << 14;

}  // namespace

CodeTexts::CodeTexts(Syntax syntax)
    : code16_(CodeWidth::bits16, syntax), code32_(CodeWidth::bits32, syntax), remembered_(remembered_texts) {}

const InsnText& CodeTexts::text(const Code& code, std::uint64_t eip) {
    Remembered& found = remembered_[(code.linear ^ code.linear >> 14) % remembered_.size()];
    if (found.eip == eip && found.code == code) return found.text;
    Disassembler& disassembler = code.code32 ? code32_ : code16_;
    found = {code, eip, disassembler.text({code.bytes.data(), code.length}, eip)};
    if (found.text.length == 0) found.text.mnemonic = "(bad)";
    return found.text;
}

}  // namespace calque::trace
