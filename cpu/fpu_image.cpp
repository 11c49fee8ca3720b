// The images of x87 state in memory.
#include "cpu/fpu_image.hpp"

#include "cpu/fpu.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace calque {
namespace {

constexpr std::size_t register_size = 10;

unsigned top(const FpuArea& area) { return area.fsw >> 11 & 7U; }

/// 0 valid, 1 zero, 2 special (SDM vol. 1, "x87 FPU Tag Word").
unsigned classify(const FpuArea::Register& reg) {
    std::uint64_t significand;
    std::uint16_t sign_exponent;
    std::memcpy(&significand, reg.bytes.data(), sizeof(significand));
    std::memcpy(&sign_exponent, reg.bytes.data() + 8, sizeof(sign_exponent));
    const unsigned exponent = sign_exponent & 0x7fffU;
    if (exponent == 0x7fff) return 2;
    if (exponent == 0) return significand == 0 ? 1 : 2;
    return significand >> 63 ? 0 : 2;
}

/// One field of an environment: 16 bits, or 32 of which the upper half reads as ones.
void put_field(std::span<std::uint8_t> image, bool wide, unsigned number, std::uint16_t value) {
    const std::uint32_t field = 0xffff'0000U | value;
    std::memcpy(image.data() + number * (wide ? 4U : 2U), &field, wide ? 4 : 2);
}

std::uint16_t field_of(std::span<const std::uint8_t> image, bool wide, unsigned number) {
    std::uint16_t value;
    std::memcpy(&value, image.data() + number * (wide ? 4U : 2U), sizeof(value));
    return value;
}

/// The last four fields of an environment: instruction pointer and what goes with it, data pointer likewise.
using PointerFields = std::array<std::uint32_t, 4>;
constexpr unsigned first_pointer_field = 3;

constexpr std::uint16_t opcode_bits = 0x7ff;
constexpr std::uint64_t pointer_bits = 0xffff'ffff'ffff;  // a selector above an offset

std::uint32_t offset_of(std::uint64_t pointer) { return static_cast<std::uint32_t>(pointer); }
std::uint16_t selector_of(std::uint64_t pointer) { return static_cast<std::uint16_t>(pointer >> 32); }

PointerFields protected_pointers(const FpuArea& area, bool wide) {
    const std::uint32_t opcode = wide ? std::uint32_t{area.fop} << 16 : 0;
    return {offset_of(area.fip), selector_of(area.fip) | opcode, offset_of(area.fdp),
            0xffff'0000U | selector_of(area.fdp)};
}

/// Linear addresses, their upper part at bit 12 of the second field.
PointerFields real_pointers(const FpuArea& area) {
    const std::uint32_t ip = (std::uint32_t{selector_of(area.fip)} << 4) + offset_of(area.fip);
    const std::uint32_t dp = (std::uint32_t{selector_of(area.fdp)} << 4) + offset_of(area.fdp);
    return {ip & 0xffffU, ip >> 16 << 12 | area.fop, dp & 0xffffU, dp >> 16 << 12};
}

void write_pointers(const FpuArea& area, ImageFormat format, std::span<std::uint8_t> image) {
    const PointerFields fields =
        format.protected_mode ? protected_pointers(area, format.wide) : real_pointers(area);
    const std::size_t width = format.wide ? 4 : 2;
    for (unsigned i = 0; i < fields.size(); ++i)
        std::memcpy(image.data() + (first_pointer_field + i) * width, &fields[i], width);
}

void read_pointers(FpuArea& area, ImageFormat format, std::span<const std::uint8_t> image) {
    const std::size_t width = format.wide ? 4 : 2;
    PointerFields fields{};
    for (unsigned i = 0; i < fields.size(); ++i)
        std::memcpy(&fields[i], image.data() + (first_pointer_field + i) * width, width);
    const auto& [ip, behind_ip, dp, behind_dp] = fields;
    if (format.protected_mode) {
        area.fip = ip | std::uint64_t{behind_ip & 0xffffU} << 32;
        area.fdp = dp | std::uint64_t{behind_dp & 0xffffU} << 32;
        area.fop = static_cast<std::uint16_t>(behind_ip >> 16 & opcode_bits);
    } else {
        area.fip = (ip & 0xffffU) | (behind_ip >> 12 & 0xffffU) << 16;
        area.fdp = (dp & 0xffffU) | (behind_dp >> 12 & 0xffffU) << 16;
        area.fop = static_cast<std::uint16_t>(behind_ip & opcode_bits);
    }
}

}  // namespace

std::uint16_t full_tag_word(const FpuArea& area) {
    unsigned tags = 0;
    for (unsigned i = 0; i < 8; ++i) {
        const bool used = area.ftw >> i & 1;
        const unsigned tag = used ? classify(area.st[(i - top(area)) & 7]) : 3;
        tags |= tag << (2 * i);
    }
    return static_cast<std::uint16_t>(tags);
}

void set_full_tag_word(FpuArea& area, std::uint16_t tags) {
    unsigned used = 0;
    for (unsigned i = 0; i < 8; ++i) used |= unsigned{(tags >> (2 * i) & 3) != 3} << i;
    area.ftw = static_cast<std::uint8_t>(used);
}

void summarize_exceptions(FpuArea& area) {
    constexpr std::uint16_t summary = x87::error_summary | x87::busy;
    const bool error = area.fsw & ~area.fcw & x87::exceptions;
    area.fsw = static_cast<std::uint16_t>((area.fsw & ~summary) | (error ? summary : 0));
}

void write_environment(const FpuArea& area, ImageFormat format, std::span<std::uint8_t> image) {
    put_field(image, format.wide, 0, area.fcw);
    put_field(image, format.wide, 1, area.fsw);
    put_field(image, format.wide, 2, full_tag_word(area));
    write_pointers(area, format, image);
}

void read_environment(FpuArea& area, ImageFormat format, std::span<const std::uint8_t> image) {
    const unsigned old_top = top(area);
    const bool wide = format.wide;
    area.fcw = static_cast<std::uint16_t>((field_of(image, wide, 0) & 0x1f7f) | 0x40);
    area.fsw = field_of(image, wide, 1);
    // The registers stay where they are; ST(0) becomes another one.
    std::rotate(area.st.begin(), area.st.begin() + ((top(area) - old_top) & 7U), area.st.end());
    set_full_tag_word(area, field_of(image, wide, 2));
    read_pointers(area, format, image);
    summarize_exceptions(area);
}

void write_registers(const FpuArea& area, std::span<std::uint8_t> image) {
    for (std::size_t i = 0; i < area.st.size(); ++i)
        std::memcpy(image.data() + i * register_size, area.st[i].bytes.data(), register_size);
}

void read_registers(FpuArea& area, std::span<const std::uint8_t> image) {
    for (std::size_t i = 0; i < area.st.size(); ++i)
        std::memcpy(area.st[i].bytes.data(), image.data() + i * register_size, register_size);
}

void initialize(FpuArea& area) {
    area.fcw = x87::initial_control;
    area.fsw = 0;
    area.ftw = 0;
    area.fop = 0;
    area.fip = area.fdp = 0;
}

void write_fx_image(const FpuArea& area, std::span<std::uint8_t, fx_image_size> image) {
    std::memcpy(image.data(), &area, fx_image_size);
}

void read_fx_image(FpuArea& area, std::span<const std::uint8_t, fx_image_size> image) {
    const std::uint32_t mxcsr_mask = area.mxcsr_mask;
    std::memcpy(static_cast<void*>(&area), image.data(), fx_image_size);
    area.fcw = static_cast<std::uint16_t>((area.fcw & 0x1f7f) | 0x40);
    area.mxcsr_mask = mxcsr_mask;
    area.reserved = 0;
    area.fop &= opcode_bits;
    area.fip &= pointer_bits;
    area.fdp &= pointer_bits;
    for (auto& reg : area.st)
        std::memset(reg.bytes.data() + register_size, 0, reg.bytes.size() - register_size);
    summarize_exceptions(area);
}

}  // namespace calque
