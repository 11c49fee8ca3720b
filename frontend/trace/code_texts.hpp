// Instructions of a trace as text, remembered because they come again and again.
#pragma once

#include "frontend/disassembler.hpp"
#include "frontend/trace/record.hpp"

#include <cstdint>
#include <vector>

namespace calque::trace {

class CodeTexts {
public:
    explicit CodeTexts(Syntax syntax = Syntax::intel);

    /// `eip` is the instruction's offset in its segment. What is none is "(bad)".
    const InsnText& text(const Code& code, std::uint64_t eip);

private:
    struct Remembered {
        Code code;
        std::uint64_t eip = ~0ULL;
        InsnText text;
    };

    Disassembler code16_, code32_;
    std::vector<Remembered> remembered_;
};

}  // namespace calque::trace
