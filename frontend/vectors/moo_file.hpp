// Hardware single-step vectors in the MOO format, gzipped or not.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace calque {

/// The registers of a 16-bit vector, in the order of the file's mask bits.
enum class MooRegister : unsigned { ax, bx, cx, dx, cs, ss, ds, es, sp, bp, si, di, ip, flags, count };
inline constexpr unsigned moo_register_count = static_cast<unsigned>(MooRegister::count);

struct MooByte {
    std::uint32_t address;
    std::uint8_t value;
};

struct MooTest {
    std::uint32_t index = 0;
    std::string name;                 ///< disassembly
    std::vector<std::uint8_t> bytes;  ///< the instruction with its prefixes, then F4
    std::array<std::uint16_t, moo_register_count> before{};
    std::array<std::uint16_t, moo_register_count> after{};
    std::vector<MooByte> ram_before;
    std::vector<MooByte> ram_after;         ///< changed bytes only
    std::optional<std::uint8_t> exception;  ///< vector, if one was taken
};

struct MooFile {
    std::string cpu;
    std::uint32_t opcode = 0;
    std::vector<MooTest> tests;
};

/// Throws std::runtime_error, naming the file, if it cannot be read or is damaged.
MooFile read_moo_file(const std::string& path);

}  // namespace calque
