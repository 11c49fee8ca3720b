// x87 comparison and classification (SDM vol. 1, "Comparison and Classification Instructions").
#include "cpu/instructions/x87.hpp"

namespace calque {
namespace {

constexpr FlagUse writes_all{.written = flag::status};

constexpr std::array rows{
    x87_load_row<0xd8, 4>("fcom", 2),
    x87_load_row<0xdc, 8>("fcom", 2),
    x87_load_row<0xd8, 4>("fcomp", 3),
    x87_load_row<0xdc, 8>("fcomp", 3),
    x87_load_row<0xda, 4>("ficom", 2),
    x87_load_row<0xde, 2>("ficom", 2),
    x87_load_row<0xda, 4>("ficomp", 3),
    x87_load_row<0xde, 2>("ficomp", 3),

    x87_register_row<0xd8>("fcom", 2),
    x87_register_row<0xd8>("fcomp", 3),
    x87_exact_row<0xde>("fcompp", 0xd9),
    x87_register_row<0xdd>("fucom", 4),
    x87_register_row<0xdd>("fucomp", 5),
    x87_exact_row<0xda>("fucompp", 0xe9),
    x87_flags_row<0xdb>("fucomi", 5, writes_all),
    x87_flags_row<0xdb>("fcomi", 6, writes_all),
    x87_flags_row<0xdf>("fucomip", 5, writes_all),
    x87_flags_row<0xdf>("fcomip", 6, writes_all),
    x87_exact_row<0xd9>("ftst", 0xe4),
    x87_exact_row<0xd9>("fxam", 0xe5),

    // Encodings that the manual leaves out and every processor executes.
    x87_register_row<0xdc>("fcom", 2),
    x87_register_row<0xdc>("fcomp", 3),
    x87_register_row<0xde>("fcomp", 2),
};

}  // namespace

std::span<const Row> x87_comparison_rows() { return rows; }

}  // namespace calque
