// A PCI function: its configuration space, and what its base address registers decode.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>

namespace calque {

/// Offsets in the type 0 configuration header (PCI Local Bus Specification, "Configuration Space").
namespace pci_offset {
inline constexpr std::uint8_t vendor_id = 0x00, device_id = 0x02, command = 0x04, status = 0x06,
                              revision = 0x08, class_code = 0x09, header_type = 0x0E, bar0 = 0x10,
                              subsystem_vendor_id = 0x2C, subsystem_id = 0x2E, rom = 0x30,
                              interrupt_line = 0x3C, interrupt_pin = 0x3D;
}

namespace pci_command {
inline constexpr std::uint16_t io = 1, memory = 2, bus_master = 4, interrupt_disable = 0x400;
}

struct PciIdentity {
    std::uint16_t vendor = 0;
    std::uint16_t device = 0;
    std::uint32_t class_code = 0;  ///< class, subclass, programming interface: 0x060000 is a host bridge
    std::uint8_t revision = 0;
    std::uint8_t interrupt_pin = 0;           ///< 1..4 for INTA..INTD, 0 for none
    bool multifunction = false;               ///< set on function 0 of a slot that has others
    std::uint16_t subsystem_vendor = 0x1AF4;  ///< by these firmware knows which virtual board it is on
    std::uint16_t subsystem = 0x1100;
};

/// The part of every function's State that this class looks after.
struct PciConfig {
    std::array<std::uint8_t, 256> bytes{};
    bool interrupt = false;  ///< what the function asserts, before the command register's mask
};

template <typename Archive>
void describe(Archive& archive, PciConfig& config) {
    archive("bytes", config.bytes);
    archive("interrupt", config.interrupt);
}

/// A base class for functions. The derived class keeps a PciConfig in its State, hands a reference to it
/// up, and describes itself in its own constructor with set_identity, add_bar and set_writable.
class PciDevice {
public:
    static constexpr unsigned bar_count = 6, rom_bar = 6;
    enum class BarKind : std::uint8_t { io, memory, prefetchable_memory, rom };

    virtual ~PciDevice() = default;
    PciDevice(const PciDevice&) = delete;
    PciDevice& operator=(const PciDevice&) = delete;

    /// Any size 1, 2, 4 that does not leave the 256 bytes.
    virtual std::uint32_t config_read(std::uint8_t offset, unsigned size);
    virtual void config_write(std::uint8_t offset, std::uint32_t value, unsigned size);

    bool interrupt_asserted() const;
    /// PciBus listens here for changes of interrupt_asserted().
    void on_interrupt_change(std::function<void()> callback) { interrupt_changed_ = std::move(callback); }

    std::uint8_t interrupt_pin() const { return config_.bytes[pci_offset::interrupt_pin]; }
    std::uint16_t command() const { return word(pci_offset::command); }

protected:
    explicit PciDevice(PciConfig& config) : config_(config) {}

    void set_identity(const PciIdentity& identity);
    /// `size` is a power of two: at least 4 for I/O, 16 for memory, 2048 for a ROM.
    void add_bar(unsigned bar, BarKind kind, std::uint32_t size);
    /// Bits of `mask` become writable in each of `count` bytes.
    void set_writable(std::uint8_t offset, unsigned count, std::uint8_t mask = 0xFF);
    void set_byte(std::uint8_t offset, std::uint8_t value) { config_.bytes[offset] = value; }
    std::uint8_t byte(std::uint8_t offset) const { return config_.bytes[offset]; }
    std::uint16_t word(std::uint8_t offset) const;
    std::uint32_t dword(std::uint8_t offset) const;

    void set_interrupt(bool asserted);

    /// Clears command, BARs, interrupt line and the interrupt, as RST# does; unmaps what was decoded.
    void reset_config();
    /// To be called at the end of the derived restore(): decodes as the restored registers say.
    void config_restored();

    /// The function answers at `base` from now on. Only called while the command register enables it.
    virtual void map_bar(unsigned /*bar*/, std::uint32_t /*base*/) {}
    virtual void unmap_bar(unsigned /*bar*/, std::uint32_t /*base*/) {}
    /// After a guest's write to bytes offset..offset+size-1, BARs already decoded.
    virtual void config_written(std::uint8_t /*offset*/, unsigned /*size*/) {}

private:
    struct Bar {
        BarKind kind = BarKind::io;
        std::uint32_t size = 0;  ///< 0: not implemented
        std::optional<std::uint32_t> mapped;
    };
    static std::uint8_t bar_offset(unsigned bar);
    std::optional<std::uint32_t> decoded(unsigned bar) const;
    void write_byte(std::uint8_t offset, std::uint8_t value);
    void decode_bars();
    void tell_interrupt(bool before);

    PciConfig& config_;
    std::array<std::uint8_t, 256> writable_{};
    std::array<std::uint8_t, 256> write_one_to_clear_{};
    std::array<Bar, bar_count + 1> bars_{};
    std::function<void()> interrupt_changed_;
};

}  // namespace calque
