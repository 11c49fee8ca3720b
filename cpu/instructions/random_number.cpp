// Random number generator instructions (SDM vol. 1, "Random Number Generator Instructions"): never out of
// numbers.
#include "cpu/instructions/rows.hpp"
#include "cpu/instructions/system.hpp"

namespace calque {
namespace {

template <typename T>
void random_number(Cpu& cpu, const Insn& insn) {
    set_register_at(cpu.state, insn.rm, static_cast<T>(cpu.outside.random()));
    cpu.state.status = StatusFlags::unpack(flag::cf);
}

constexpr Row row(const char* name, int digit, std::uint32_t features) {
    constexpr Handlers handlers =
        handlers_by_size(guarded<random_number<std::uint16_t>>, guarded<random_number<std::uint32_t>>);
    return needing(
        features,
        with_mandatory(Mandatory::not_repeated,
                       only(Mod::reg, in_map_0f(as_class(InstructionClass::emulated,
                                                         digit_row(name, 0xc7, digit, OperandKind::gpr,
                                                                   Access::write, writes_all, handlers))))));
}

constexpr std::array rows{row("rdrand", 6, feature::rdrand), row("rdseed", 7, feature::rdseed)};

}  // namespace

std::span<const Row> random_number_rows() { return rows; }

}  // namespace calque
