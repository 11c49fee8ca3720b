// Programmable attribute map and SMRAM control of the host bridge.
#include "devices/i440fx.hpp"

namespace calque {

namespace {

constexpr std::uint8_t first_pam = 0x59, last_pam = 0x5F, smram_control = 0x72;
constexpr unsigned region_count = 13;  // F0000h as one, C0000h..EFFFFh in twelve
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
    tell(0, region_count - 1);
    if (smram_changed_) smram_changed_(smram_open());
}

void I440fx::restore(const State& state) {
    state_ = state;
    config_restored();
    tell(0, region_count - 1);
    if (smram_changed_) smram_changed_(smram_open());
}

void I440fx::on_pam_change(std::function<void(const PamRegion&)> callback) {
    pam_changed_ = std::move(callback);
    tell(0, region_count - 1);
}

void I440fx::on_smram_change(std::function<void(bool)> callback) {
    smram_changed_ = std::move(callback);
    smram_changed_(smram_open());
}

void I440fx::config_written(std::uint8_t offset, unsigned size) {
    for (unsigned i = offset; i < offset + size; ++i) {
        const unsigned reg = i - first_pam;
        if (i >= first_pam && i <= last_pam) tell(reg ? 2 * reg - 1 : 0, 2 * reg);
        if (i == smram_control && smram_changed_) smram_changed_(smram_open());
    }
}

bool I440fx::smram_open() const { return (byte(smram_control) & (open | locked)) == open; }

// Register 59h holds region 0 in its high nibble; 5Ah..5Fh hold two regions each, the lower one in the low
// nibble. Bit 0 of a nibble enables reads from RAM, bit 1 writes.
void I440fx::tell(unsigned first_region, unsigned last_region) {
    if (!pam_changed_) return;
    for (unsigned region = first_region; region <= last_region; ++region) {
        const unsigned nibble = region + 1;
        const unsigned attribute =
            byte(static_cast<std::uint8_t>(first_pam + nibble / 2)) >> 4 * (nibble & 1);
        const std::uint32_t size = region ? 0x4000 : 0x10000;
        const std::uint32_t base = region ? 0xC0000 + (region - 1) * size : 0xF0000;
        pam_changed_({base, size, (attribute & 1) != 0, (attribute & 2) != 0});
    }
}

}  // namespace calque
