// A listing of code.
#pragma once

#include "cpu/cpu.hpp"
#include "frontend/disassembler.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace calque {

struct DisassembledInsn {
    std::uint64_t address;
    unsigned length;
    std::string bytes;  ///< hexadecimal digits
    std::string text;
};

/// Of code that executes in this Cpu::mode.
constexpr CodeWidth width_of(std::uint32_t mode) {
    return mode & mode::code32 ? CodeWidth::bits32 : CodeWidth::bits16;
}

/// Where code is. Targets of jumps are told as offsets in the segment.
struct CodePlace {
    std::uint64_t address = 0;
    std::uint64_t segment_base = 0;
    CodeWidth width = CodeWidth::bits32;

    std::uint64_t offset() const {
        const std::uint64_t offset = address - segment_base;
        return width == CodeWidth::bits64   ? offset
               : width == CodeWidth::bits32 ? offset & 0xFFFF'FFFF
                                            : offset & 0xFFFF;
    }
};

/// At most `count` instructions, in Intel's syntax. What is none is a byte of data.
std::vector<DisassembledInsn> disassemble(std::span<const std::uint8_t> bytes, CodePlace place,
                                          std::size_t count);

}  // namespace calque
