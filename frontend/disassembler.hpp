// Machine code as text; the only place that knows Capstone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

struct cs_insn;

namespace calque {

enum class CodeWidth : std::uint8_t { bits16, bits32, bits64 };
enum class Syntax : std::uint8_t { intel, att };

struct InsnText {
    std::string mnemonic, operands;
    unsigned length = 0;  ///< bytes of the instruction; 0: they are none
};

class Disassembler {
public:
    explicit Disassembler(CodeWidth width, Syntax syntax = Syntax::intel);
    ~Disassembler();
    Disassembler(const Disassembler&) = delete;
    Disassembler& operator=(const Disassembler&) = delete;

    /// The instruction at the start of `bytes`. `eip` is its offset in its segment, which targets of jumps
    /// are told as.
    InsnText text(std::span<const std::uint8_t> bytes, std::uint64_t eip);

private:
    std::size_t handle_ = 0;
    cs_insn* insn_ = nullptr;
};

}  // namespace calque
