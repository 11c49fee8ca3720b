// x87 arithmetic and transcendental functions (SDM vol. 1, "Basic Arithmetic Instructions",
// "Transcendental").
#include "cpu/instructions/x87.hpp"

namespace calque {
namespace {

constexpr std::array rows{
    x87_load_row<0xd8, 0, 4>("fadd"),     x87_load_row<0xd8, 1, 4>("fmul"),
    x87_load_row<0xd8, 4, 4>("fsub"),     x87_load_row<0xd8, 5, 4>("fsubr"),
    x87_load_row<0xd8, 6, 4>("fdiv"),     x87_load_row<0xd8, 7, 4>("fdivr"),
    x87_load_row<0xdc, 0, 8>("fadd"),     x87_load_row<0xdc, 1, 8>("fmul"),
    x87_load_row<0xdc, 4, 8>("fsub"),     x87_load_row<0xdc, 5, 8>("fsubr"),
    x87_load_row<0xdc, 6, 8>("fdiv"),     x87_load_row<0xdc, 7, 8>("fdivr"),
    x87_load_row<0xda, 0, 4>("fiadd"),    x87_load_row<0xda, 1, 4>("fimul"),
    x87_load_row<0xda, 4, 4>("fisub"),    x87_load_row<0xda, 5, 4>("fisubr"),
    x87_load_row<0xda, 6, 4>("fidiv"),    x87_load_row<0xda, 7, 4>("fidivr"),
    x87_load_row<0xde, 0, 2>("fiadd"),    x87_load_row<0xde, 1, 2>("fimul"),
    x87_load_row<0xde, 4, 2>("fisub"),    x87_load_row<0xde, 5, 2>("fisubr"),
    x87_load_row<0xde, 6, 2>("fidiv"),    x87_load_row<0xde, 7, 2>("fidivr"),

    x87_register_row<0xd8, 0>("fadd"),    x87_register_row<0xd8, 1>("fmul"),
    x87_register_row<0xd8, 4>("fsub"),    x87_register_row<0xd8, 5>("fsubr"),
    x87_register_row<0xd8, 6>("fdiv"),    x87_register_row<0xd8, 7>("fdivr"),
    x87_register_row<0xdc, 0>("fadd"),    x87_register_row<0xdc, 1>("fmul"),
    x87_register_row<0xdc, 4>("fsubr"),   x87_register_row<0xdc, 5>("fsub"),
    x87_register_row<0xdc, 6>("fdivr"),   x87_register_row<0xdc, 7>("fdiv"),
    x87_register_row<0xde, 0>("faddp"),   x87_register_row<0xde, 1>("fmulp"),
    x87_register_row<0xde, 4>("fsubrp"),  x87_register_row<0xde, 5>("fsubp"),
    x87_register_row<0xde, 6>("fdivrp"),  x87_register_row<0xde, 7>("fdivp"),

    x87_exact_row<0xd9, 0xe0>("fchs"),    x87_exact_row<0xd9, 0xe1>("fabs"),
    x87_exact_row<0xd9, 0xf0>("f2xm1"),   x87_exact_row<0xd9, 0xf1>("fyl2x"),
    x87_exact_row<0xd9, 0xf2>("fptan"),   x87_exact_row<0xd9, 0xf3>("fpatan"),
    x87_exact_row<0xd9, 0xf4>("fxtract"), x87_exact_row<0xd9, 0xf5>("fprem1"),
    x87_exact_row<0xd9, 0xf8>("fprem"),   x87_exact_row<0xd9, 0xf9>("fyl2xp1"),
    x87_exact_row<0xd9, 0xfa>("fsqrt"),   x87_exact_row<0xd9, 0xfb>("fsincos"),
    x87_exact_row<0xd9, 0xfc>("frndint"), x87_exact_row<0xd9, 0xfd>("fscale"),
    x87_exact_row<0xd9, 0xfe>("fsin"),    x87_exact_row<0xd9, 0xff>("fcos"),
};

}  // namespace

std::span<const Row> x87_arithmetic_rows() { return rows; }

}  // namespace calque
