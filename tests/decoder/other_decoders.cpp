// Zydis and Capstone.
#include "tests/decoder/other_decoders.hpp"

#include <Zydis/Zydis.h>
#include <capstone/capstone.h>

#include <stdexcept>

namespace calque::test {

struct OtherDecoders::Handles {
    ZydisDecoder zydis;
    csh capstone = 0;
    cs_insn* insn = nullptr;
};

OtherDecoders::OtherDecoders(bool code32) : handles_(new Handles) {
    ZydisDecoderInit(&handles_->zydis, code32 ? ZYDIS_MACHINE_MODE_LEGACY_32 : ZYDIS_MACHINE_MODE_LEGACY_16,
                     code32 ? ZYDIS_STACK_WIDTH_32 : ZYDIS_STACK_WIDTH_16);
    if (cs_open(CS_ARCH_X86, code32 ? CS_MODE_32 : CS_MODE_16, &handles_->capstone) != CS_ERR_OK)
        throw std::runtime_error("Capstone does not open");
    handles_->insn = cs_malloc(handles_->capstone);
}

OtherDecoders::~OtherDecoders() {
    cs_free(handles_->insn, 1);
    cs_close(&handles_->capstone);
    delete handles_;
}

Reading OtherDecoders::zydis(std::span<const std::uint8_t> bytes) const {
    ZydisDecodedInstruction raw;
    if (!ZYAN_SUCCESS(
            ZydisDecoderDecodeInstruction(&handles_->zydis, nullptr, bytes.data(), bytes.size(), &raw)))
        return {};
    return {raw.length, ZydisMnemonicGetString(raw.mnemonic), ZydisISASetGetString(raw.meta.isa_set)};
}

Reading OtherDecoders::capstone(std::span<const std::uint8_t> bytes) const {
    const std::uint8_t* code = bytes.data();
    std::size_t size = bytes.size();
    std::uint64_t address = 0;
    if (!cs_disasm_iter(handles_->capstone, &code, &size, &address, handles_->insn)) return {};
    return {handles_->insn->size, handles_->insn->mnemonic};
}

}  // namespace calque::test
