// Tests that failed once, in a form that outlives changes of the generator.
#pragma once

#include "tests/oracle/generator.hpp"

#include <initializer_list>
#include <string>

namespace calque::test {

/// Bytes at an address or offset, in hexadecimal.
struct Piece {
    std::uint32_t place;
    const char* bytes;
};

struct NamedCase {
    const char* name;
    std::uint32_t address;
    const char* code;
    std::array<std::uint32_t, 8> gpr;  ///< as NativeState has them
    std::uint32_t eflags;
    std::vector<Piece> fpu{};     ///< of the FXSAVE image; elsewhere it is zero
    std::vector<Piece> memory{};  ///< of data and stack
};

/// The test that it describes, without undefined flags that steer it.
Generated make_case(const NamedCase& named, const Target& target);
/// The initializer of a NamedCase, to be given a name.
std::string text_of_case(const Generated& made);

}  // namespace calque::test
