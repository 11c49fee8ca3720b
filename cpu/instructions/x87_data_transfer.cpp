// x87 data transfer and constants (SDM vol. 1, "x87 FPU Data Transfer Instructions", "Load Constant").
#include "cpu/instructions/x87.hpp"

namespace calque {
namespace {

constexpr FlagUse reads_cf{.read = flag::cf};
constexpr FlagUse reads_zf{.read = flag::zf};
constexpr FlagUse reads_cf_zf{.read = flag::cf | flag::zf};
constexpr FlagUse reads_pf{.read = flag::pf};

constexpr Row from_sse3(Row row) {
    row.features |= feature::sse3;
    return row;
}

constexpr std::array rows{
    x87_load_row<0xd9, 0, 4>("fld"),
    x87_load_row<0xdd, 0, 8>("fld"),
    x87_load_row<0xdb, 5, 10>("fld"),
    x87_register_row<0xd9, 0>("fld"),
    x87_store_row<0xd9, 2, 4>("fst"),
    x87_store_row<0xdd, 2, 8>("fst"),
    x87_register_row<0xdd, 2>("fst"),
    x87_store_row<0xd9, 3, 4>("fstp"),
    x87_store_row<0xdd, 3, 8>("fstp"),
    x87_store_row<0xdb, 7, 10>("fstp"),
    x87_register_row<0xdd, 3>("fstp"),

    x87_load_row<0xdf, 0, 2>("fild"),
    x87_load_row<0xdb, 0, 4>("fild"),
    x87_load_row<0xdf, 5, 8>("fild"),
    x87_store_row<0xdf, 2, 2>("fist"),
    x87_store_row<0xdb, 2, 4>("fist"),
    x87_store_row<0xdf, 3, 2>("fistp"),
    x87_store_row<0xdb, 3, 4>("fistp"),
    x87_store_row<0xdf, 7, 8>("fistp"),
    from_sse3(x87_store_row<0xdf, 1, 2>("fisttp")),
    from_sse3(x87_store_row<0xdb, 1, 4>("fisttp")),
    from_sse3(x87_store_row<0xdd, 1, 8>("fisttp")),
    x87_load_row<0xdf, 4, 10>("fbld"),
    x87_store_row<0xdf, 6, 10>("fbstp"),

    x87_register_row<0xd9, 1>("fxch"),
    x87_flags_row<0xda>("fcmovb", 0, reads_cf),
    x87_flags_row<0xda>("fcmove", 1, reads_zf),
    x87_flags_row<0xda>("fcmovbe", 2, reads_cf_zf),
    x87_flags_row<0xda>("fcmovu", 3, reads_pf),
    x87_flags_row<0xdb>("fcmovnb", 0, reads_cf),
    x87_flags_row<0xdb>("fcmovne", 1, reads_zf),
    x87_flags_row<0xdb>("fcmovnbe", 2, reads_cf_zf),
    x87_flags_row<0xdb>("fcmovnu", 3, reads_pf),

    x87_exact_row<0xd9, 0xe8>("fld1"),
    x87_exact_row<0xd9, 0xe9>("fldl2t"),
    x87_exact_row<0xd9, 0xea>("fldl2e"),
    x87_exact_row<0xd9, 0xeb>("fldpi"),
    x87_exact_row<0xd9, 0xec>("fldlg2"),
    x87_exact_row<0xd9, 0xed>("fldln2"),
    x87_exact_row<0xd9, 0xee>("fldz"),

    // Encodings that the manual leaves out and every processor executes.
    x87_register_row<0xd9, 3>("fstp"),
    x87_register_row<0xdf, 2>("fstp"),
    x87_register_row<0xdf, 3>("fstp"),
    x87_register_row<0xdd, 1>("fxch"),
    x87_register_row<0xdf, 1>("fxch"),
};

}  // namespace

std::span<const Row> x87_data_transfer_rows() { return rows; }

}  // namespace calque
