// Programmable attribute map and SMRAM control of the host bridge.
#include "devices/i440fx.hpp"

namespace calque {

namespace {

constexpr std::uint8_t first_pam = 0x59, smram_control = 0x72;
constexpr std::uint8_t never_told = 0xFF;
/// C_BASE_SEG, G_SMRAME, D_LCK, D_OPEN. D_CLS, bit 5, tells code from data in system management mode only.
enum Smram : std::uint8_t {
    base_segment = 0x07,
    at_a0000 = 0x02,
    enabled = 0x08,
    locked = 0x10,
    open = 0x40
};

/// D_LCK clears D_OPEN; from then on both stay as they are.
std::uint8_t smram_after(std::uint8_t before, std::uint8_t written) {
    if (!((before | written) & locked)) return written;
    return static_cast<std::uint8_t>((written & ~open) | locked);
}

}  // namespace

I440fx::I440fx() : PciDevice(state_.config) {
    set_identity({.vendor = 0x8086, .device = 0x1237, .class_code = 0x060000, .revision = 2});
    set_writable(0x40, smram_control - 0x40);
    set_writable(smram_control, 1, 0x7F);
    set_writable(smram_control + 1, 0xFF - smram_control);
    reset();
}

void I440fx::reset() {
    reset_config();
    for (unsigned offset = 0x40; offset < 0x100; ++offset) set_byte(static_cast<std::uint8_t>(offset), 0);
    set_byte(smram_control, at_a0000);
    tell_changes();
    tell_smram();
}

void I440fx::restore(const State& state) {
    state_ = state;
    config_restored();
    tell_changes();
    tell_smram();
}

void I440fx::on_pam_change(std::function<void(const PamRegion&)> callback) {
    pam_changed_ = std::move(callback);
    told_.fill(never_told);
    tell_changes();
}

void I440fx::on_smram_change(std::function<void(bool)> callback) {
    smram_changed_ = std::move(callback);
    tell_smram();
}

void I440fx::config_written(std::uint8_t offset, unsigned size) {
    tell_changes();
    if (offset > smram_control || smram_control >= offset + size) return;
    set_byte(smram_control, smram_after(smram_, byte(smram_control)));
    tell_smram();
}

bool I440fx::smram_open() const {
    return (smram_ & (base_segment | enabled | open)) == (at_a0000 | enabled | open);
}

void I440fx::tell_smram() {
    smram_ = byte(smram_control);
    if (smram_changed_) smram_changed_(smram_open());
}

// Register 59h holds region 0 in its high nibble; 5Ah..5Fh hold two regions each, the lower one in the low
// nibble. Bit 0 of a nibble enables reads from RAM, bit 1 writes.
unsigned I440fx::attribute(unsigned region) const {
    const unsigned nibble = region + 1;
    return byte(static_cast<std::uint8_t>(first_pam + nibble / 2)) >> 4 * (nibble & 1) & 3;
}

void I440fx::tell_changes() {
    if (!pam_changed_) return;
    for (unsigned region = 0; region < region_count; ++region) {
        const unsigned now = attribute(region);
        if (now == told_[region]) continue;
        told_[region] = static_cast<std::uint8_t>(now);
        const std::uint32_t size = region ? 0x4000 : 0x10000;
        const std::uint32_t base = region ? 0xC0000 + (region - 1) * size : 0xF0000;
        pam_changed_({base, size, (now & 1) != 0, (now & 2) != 0});
    }
}

}  // namespace calque
