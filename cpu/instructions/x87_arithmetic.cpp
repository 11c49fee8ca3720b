// x87 arithmetic and transcendental functions (SDM vol. 1, "Basic Arithmetic Instructions",
// "Transcendental").
#include "cpu/instructions/x87.hpp"

namespace calque {
namespace {

constexpr std::array rows{
    x87_load_row<0xd8, 4>("fadd", 0),     x87_load_row<0xd8, 4>("fmul", 1),
    x87_load_row<0xd8, 4>("fsub", 4),     x87_load_row<0xd8, 4>("fsubr", 5),
    x87_load_row<0xd8, 4>("fdiv", 6),     x87_load_row<0xd8, 4>("fdivr", 7),
    x87_load_row<0xdc, 8>("fadd", 0),     x87_load_row<0xdc, 8>("fmul", 1),
    x87_load_row<0xdc, 8>("fsub", 4),     x87_load_row<0xdc, 8>("fsubr", 5),
    x87_load_row<0xdc, 8>("fdiv", 6),     x87_load_row<0xdc, 8>("fdivr", 7),
    x87_load_row<0xda, 4>("fiadd", 0),    x87_load_row<0xda, 4>("fimul", 1),
    x87_load_row<0xda, 4>("fisub", 4),    x87_load_row<0xda, 4>("fisubr", 5),
    x87_load_row<0xda, 4>("fidiv", 6),    x87_load_row<0xda, 4>("fidivr", 7),
    x87_load_row<0xde, 2>("fiadd", 0),    x87_load_row<0xde, 2>("fimul", 1),
    x87_load_row<0xde, 2>("fisub", 4),    x87_load_row<0xde, 2>("fisubr", 5),
    x87_load_row<0xde, 2>("fidiv", 6),    x87_load_row<0xde, 2>("fidivr", 7),

    x87_register_row<0xd8>("fadd", 0),    x87_register_row<0xd8>("fmul", 1),
    x87_register_row<0xd8>("fsub", 4),    x87_register_row<0xd8>("fsubr", 5),
    x87_register_row<0xd8>("fdiv", 6),    x87_register_row<0xd8>("fdivr", 7),
    x87_register_row<0xdc>("fadd", 0),    x87_register_row<0xdc>("fmul", 1),
    x87_register_row<0xdc>("fsubr", 4),   x87_register_row<0xdc>("fsub", 5),
    x87_register_row<0xdc>("fdivr", 6),   x87_register_row<0xdc>("fdiv", 7),
    x87_register_row<0xde>("faddp", 0),   x87_register_row<0xde>("fmulp", 1),
    x87_register_row<0xde>("fsubrp", 4),  x87_register_row<0xde>("fsubp", 5),
    x87_register_row<0xde>("fdivrp", 6),  x87_register_row<0xde>("fdivp", 7),

    x87_exact_row<0xd9>("fchs", 0xe0),    x87_exact_row<0xd9>("fabs", 0xe1),
    x87_exact_row<0xd9>("f2xm1", 0xf0),   x87_exact_row<0xd9>("fyl2x", 0xf1),
    x87_exact_row<0xd9>("fptan", 0xf2),   x87_exact_row<0xd9>("fpatan", 0xf3),
    x87_exact_row<0xd9>("fxtract", 0xf4), x87_exact_row<0xd9>("fprem1", 0xf5),
    x87_exact_row<0xd9>("fprem", 0xf8),   x87_exact_row<0xd9>("fyl2xp1", 0xf9),
    x87_exact_row<0xd9>("fsqrt", 0xfa),   x87_exact_row<0xd9>("fsincos", 0xfb),
    x87_exact_row<0xd9>("frndint", 0xfc), x87_exact_row<0xd9>("fscale", 0xfd),
    x87_exact_row<0xd9>("fsin", 0xfe),    x87_exact_row<0xd9>("fcos", 0xff),
};

}  // namespace

std::span<const Row> x87_arithmetic_rows() { return rows; }

}  // namespace calque
