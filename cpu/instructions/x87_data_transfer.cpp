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
    x87_load_row<0xd9, 4>("fld", 0),
    x87_load_row<0xdd, 8>("fld", 0),
    x87_load_row<0xdb, 10>("fld", 5),
    x87_register_row<0xd9>("fld", 0),
    x87_store_row<0xd9, 4>("fst", 2),
    x87_store_row<0xdd, 8>("fst", 2),
    x87_register_row<0xdd>("fst", 2),
    x87_store_row<0xd9, 4>("fstp", 3),
    x87_store_row<0xdd, 8>("fstp", 3),
    x87_store_row<0xdb, 10>("fstp", 7),
    x87_register_row<0xdd>("fstp", 3),

    x87_load_row<0xdf, 2>("fild", 0),
    x87_load_row<0xdb, 4>("fild", 0),
    x87_load_row<0xdf, 8>("fild", 5),
    x87_store_row<0xdf, 2>("fist", 2),
    x87_store_row<0xdb, 4>("fist", 2),
    x87_store_row<0xdf, 2>("fistp", 3),
    x87_store_row<0xdb, 4>("fistp", 3),
    x87_store_row<0xdf, 8>("fistp", 7),
    from_sse3(x87_store_row<0xdf, 2>("fisttp", 1)),
    from_sse3(x87_store_row<0xdb, 4>("fisttp", 1)),
    from_sse3(x87_store_row<0xdd, 8>("fisttp", 1)),
    x87_load_row<0xdf, 10>("fbld", 4),
    x87_store_row<0xdf, 10>("fbstp", 6),

    x87_register_row<0xd9>("fxch", 1),
    x87_flags_row<0xda>("fcmovb", 0, reads_cf),
    x87_flags_row<0xda>("fcmove", 1, reads_zf),
    x87_flags_row<0xda>("fcmovbe", 2, reads_cf_zf),
    x87_flags_row<0xda>("fcmovu", 3, reads_pf),
    x87_flags_row<0xdb>("fcmovnb", 0, reads_cf),
    x87_flags_row<0xdb>("fcmovne", 1, reads_zf),
    x87_flags_row<0xdb>("fcmovnbe", 2, reads_cf_zf),
    x87_flags_row<0xdb>("fcmovnu", 3, reads_pf),

    x87_exact_row<0xd9>("fld1", 0xe8),
    x87_exact_row<0xd9>("fldl2t", 0xe9),
    x87_exact_row<0xd9>("fldl2e", 0xea),
    x87_exact_row<0xd9>("fldpi", 0xeb),
    x87_exact_row<0xd9>("fldlg2", 0xec),
    x87_exact_row<0xd9>("fldln2", 0xed),
    x87_exact_row<0xd9>("fldz", 0xee),

    // Encodings that the manual leaves out and every processor executes.
    x87_register_row<0xd9>("fstp", 3),
    x87_register_row<0xdf>("fstp", 2),
    x87_register_row<0xdf>("fstp", 3),
    x87_register_row<0xdd>("fxch", 1),
    x87_register_row<0xdf>("fxch", 1),
};

}  // namespace

std::span<const Row> x87_data_transfer_rows() { return rows; }

}  // namespace calque
