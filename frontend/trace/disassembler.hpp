// Instructions of a trace as text, remembered because they come again and again.
#pragma once

#include "frontend/trace/record.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace calque::trace {

enum class Syntax : std::uint8_t { intel, att };

class Disassembler {
public:
    explicit Disassembler(Syntax syntax = Syntax::intel);
    ~Disassembler();
    Disassembler(const Disassembler&) = delete;
    Disassembler& operator=(const Disassembler&) = delete;

    struct Text {
        std::string mnemonic, operands;
        unsigned length = 0;  ///< bytes of the instruction; 0: they are none
    };
    /// `eip` is the instruction's offset in its segment, which targets of jumps are relative to.
    const Text& text(const Code& code, std::uint64_t eip);

private:
    struct Handles;
    struct Remembered {
        Code code;
        std::uint64_t eip = ~0ULL;
        Text text;
    };

    std::unique_ptr<Handles> handles_;
    std::vector<Remembered> remembered_;
};

}  // namespace calque::trace
