// Intel 82441FX (i440FX), the host bridge: which parts of A0000h..FFFFFh are RAM.
#pragma once

#include "devices/pci_device.hpp"

#include <array>
#include <cstdint>
#include <functional>

namespace calque {

class I440fx final : public PciDevice {
public:
    struct State {
        PciConfig config;
    };

    /// A stretch of the BIOS area. Reads go to RAM or else to the ROM behind it; writes go to RAM or nowhere.
    struct PamRegion {
        std::uint32_t base;
        std::uint32_t size;
        bool read_ram;
        bool write_ram;
    };

    I440fx();
    const State& state() const { return state_; }
    void restore(const State& state);
    void reset();

    /// Told of each region at once and then of each that changes (registers 59h..5Fh).
    void on_pam_change(std::function<void(const PamRegion&)> callback);
    /// True while A0000h..BFFFFh is RAM outside system management mode: register 72h has D_OPEN and G_SMRAME.
    void on_smram_change(std::function<void(bool open)> callback);

private:
    void config_written(std::uint8_t offset, unsigned size) override;
    unsigned attribute(unsigned region) const;
    void tell_changes();
    void tell_smram();
    bool smram_open() const;

    static constexpr unsigned region_count = 13;  ///< F0000h as one, C0000h..EFFFFh in twelve

    State state_;
    std::uint8_t smram_ = 0;                         ///< register 72h before a write
    std::array<std::uint8_t, region_count> told_{};  ///< the attributes as last told
    std::function<void(const PamRegion&)> pam_changed_;
    std::function<void(bool)> smram_changed_;
};

template <typename Archive>
void describe(Archive& archive, I440fx::State& state) {
    archive("config", state.config);
}

}  // namespace calque
