// Programmable attribute map and SMRAM control of the host bridge.
#include "devices/i440fx.hpp"

namespace calque {

namespace {

constexpr std::uint8_t first_pam = 0x59, smram_control = 0x72;
constexpr std::uint8_t never_told = 0xFF;
enum Smram : std::uint8_t { smram_default = 0x02, locked = 0x10, open = 0x40 };

}  // namespace

I440fx::I440fx() : PciDevice(state_.config) {
    set_identity({.vendor = 0x8086, .device = 0x1237, .class_code = 0x060000, .revision = 2});
    set_writable(0x40, 0xC0);
    reset();
}

void I440fx::reset() {
    reset_config();
    for (unsigned offset = 0x40; offset < 0x100; ++offset) set_byte(static_cast<std::uint8_t>(offset), 0);
    set_byte(smram_control, smram_default);
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
    if (offset <= smram_control && smram_control < offset + size) tell_smram();
}

void I440fx::tell_smram() {
    if (smram_changed_) smram_changed_((byte(smram_control) & (open | locked)) == open);
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
