// The images of x87 state in memory.
#include "cpu/fpu_image.hpp"

#include "cpu/fpu.hpp"

#include <algorithm>
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

void write_environment(const FpuArea& area, bool wide, std::span<std::uint8_t> image) {
    std::memset(image.data(), 0, environment_size(wide));
    put_field(image, wide, 0, area.fcw);
    put_field(image, wide, 1, area.fsw);
    put_field(image, wide, 2, full_tag_word(area));
    if (wide) put_field(image, wide, 6, 0);  // FDS and its reserved half
}

void read_environment(FpuArea& area, bool wide, std::span<const std::uint8_t> image) {
    const unsigned old_top = top(area);
    area.fcw = static_cast<std::uint16_t>((field_of(image, wide, 0) & 0x1f7f) | 0x40);
    area.fsw = field_of(image, wide, 1);
    // The registers stay where they are; ST(0) becomes another one.
    std::rotate(area.st.begin(), area.st.begin() + ((top(area) - old_top) & 7U), area.st.end());
    set_full_tag_word(area, field_of(image, wide, 2));
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
    area.fop = 0;
    area.fip = area.fdp = 0;
    for (auto& reg : area.st)
        std::memset(reg.bytes.data() + register_size, 0, reg.bytes.size() - register_size);
    summarize_exceptions(area);
}

}  // namespace calque
