// x87 comparison and classification (SDM vol. 1, "Comparison and Classification Instructions").
#include "cpu/instructions/x87.hpp"

namespace calque {
namespace {

constexpr FlagUse writes_all{.written = flag::status};

constexpr std::array rows{
    x87_load_row<0xd8, 2, 4>("fcom"),
    x87_load_row<0xdc, 2, 8>("fcom"),
    x87_load_row<0xd8, 3, 4>("fcomp"),
    x87_load_row<0xdc, 3, 8>("fcomp"),
    x87_load_row<0xda, 2, 4>("ficom"),
    x87_load_row<0xde, 2, 2>("ficom"),
    x87_load_row<0xda, 3, 4>("ficomp"),
    x87_load_row<0xde, 3, 2>("ficomp"),

    x87_register_row<0xd8, 2>("fcom"),
    x87_register_row<0xd8, 3>("fcomp"),
    x87_exact_row<0xde, 0xd9>("fcompp"),
    x87_register_row<0xdd, 4>("fucom"),
    x87_register_row<0xdd, 5>("fucomp"),
    x87_exact_row<0xda, 0xe9>("fucompp"),
    x87_flags_row<0xdb>("fucomi", 5, writes_all),
    x87_flags_row<0xdb>("fcomi", 6, writes_all),
    x87_flags_row<0xdf>("fucomip", 5, writes_all),
    x87_flags_row<0xdf>("fcomip", 6, writes_all),
    x87_exact_row<0xd9, 0xe4>("ftst"),
    x87_exact_row<0xd9, 0xe5>("fxam"),

    // Encodings that the manual leaves out and every processor executes.
    x87_register_row<0xdc, 2>("fcom"),
    x87_register_row<0xdc, 3>("fcomp"),
    x87_register_row<0xde, 2>("fcomp"),
};

}  // namespace

std::span<const Row> x87_comparison_rows() { return rows; }

}  // namespace calque
