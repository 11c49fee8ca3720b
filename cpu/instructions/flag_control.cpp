// CLC, STC, CMC, CLD, STD, LAHF, SAHF and SALC.
#include "cpu/instructions/rows.hpp"

namespace calque {
namespace {

bool clc(Cpu& cpu, const Insn&) {
    cpu.state.status.set_cf(false);
    return true;
}
bool stc(Cpu& cpu, const Insn&) {
    cpu.state.status.set_cf(true);
    return true;
}
bool cmc(Cpu& cpu, const Insn&) {
    cpu.state.status.set_cf(!cpu.state.status.cf());
    return true;
}
bool cld(Cpu& cpu, const Insn&) {
    cpu.state.other_flags &= ~std::uint64_t{flag::df};
    return true;
}
bool std_(Cpu& cpu, const Insn&) {
    cpu.state.other_flags |= flag::df;
    return true;
}
bool lahf(Cpu& cpu, const Insn&) {
    const std::uint32_t ah = (cpu.state.eflags() & 0xff) << 8;
    cpu.set_reg(eax, static_cast<std::uint16_t>(ah | cpu.reg<std::uint8_t>(eax)));
    return true;
}
bool sahf(Cpu& cpu, const Insn&) {
    constexpr std::uint32_t low = flag::status & 0xff;
    const std::uint32_t ah = cpu.reg<std::uint16_t>(eax) >> 8;
    cpu.state.status = StatusFlags::unpack((cpu.state.status.pack() & ~low) | (ah & low));
    return true;
}
/// AL = CF ? FF : 00; undocumented, on every processor since the 8086.
bool salc(Cpu& cpu, const Insn&) {
    cpu.set_reg(eax, static_cast<std::uint8_t>(cpu.state.status.cf() ? 0xff : 0));
    return true;
}

using enum InstructionClass;
constexpr FlagUse writes_cf{.read = 0, .written = flag::cf};
constexpr std::uint32_t low_flags = flag::status & 0xff;

constexpr std::array rows{
    plain_row("clc", 0xf8, innocuous, writes_cf, handlers_any(threaded<clc>)),
    plain_row("stc", 0xf9, innocuous, writes_cf, handlers_any(threaded<stc>)),
    plain_row("cmc", 0xf5, innocuous, {.read = flag::cf, .written = flag::cf}, handlers_any(threaded<cmc>)),
    plain_row("cld", 0xfc, emulated, {}, handlers_any(threaded<cld>)),
    plain_row("std", 0xfd, emulated, {}, handlers_any(threaded<std_>)),
    plain_row("lahf", 0x9f, innocuous, {.read = low_flags}, handlers_any(threaded<lahf>)),
    plain_row("sahf", 0x9e, innocuous, {.read = 0, .written = low_flags}, handlers_any(threaded<sahf>)),
    plain_row("salc", 0xd6, emulated, {.read = flag::cf}, handlers_any(threaded<salc>)),
};

}  // namespace

std::span<const Row> flag_control_rows() { return rows; }

}  // namespace calque
