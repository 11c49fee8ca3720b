// QEMU's firmware configuration device: named blobs for the firmware, by port and by DMA.
#pragma once

#include "devices/port_bus.hpp"
#include "mmu/physical_memory.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace calque {

namespace fw_cfg_item {
inline constexpr std::uint16_t signature = 0x00, id = 0x01, ram_size = 0x03, cpu_count = 0x05,
                               kernel_address = 0x07, kernel_size = 0x08, initrd_address = 0x0A,
                               initrd_size = 0x0B, boot_menu = 0x0E, max_cpus = 0x0F, kernel_entry = 0x10,
                               kernel_data = 0x11, initrd_data = 0x12, command_line_address = 0x13,
                               command_line_size = 0x14, command_line_data = 0x15, setup_address = 0x16,
                               setup_size = 0x17, setup_data = 0x18, file_directory = 0x19, first_file = 0x20,
                               irq0_override = 0x8002;
}

/// Ports 510h (selector, 16 bits) and 511h (data, 8 bits), 514h..51Bh (DMA address, big-endian).
///
/// Items are read-only to the guest and part of the machine's configuration, not of its state. Big ones are
/// shared, not copied.
class FwCfg final : public PortDevice {
public:
    using Bytes = std::vector<std::uint8_t>;
    using SharedBytes = std::shared_ptr<const Bytes>;
    static constexpr std::uint16_t selector_port = 0x510, data_port = 0x511, dma_port = 0x514;

    struct State {
        std::uint16_t selected = 0;
        std::uint32_t offset = 0;
        std::uint64_t dma_address = 0;
    };

    struct File {
        std::string name;
        std::uint16_t key;
    };
    /// All items: what the board provides rather than what the guest changes.
    struct Contents {
        std::map<std::uint16_t, SharedBytes> items;
        std::vector<File> files;
    };

    FwCfg(PhysicalMemory& memory, PortBus& ports);
    const Contents& contents() const { return contents_; }
    void set_contents(Contents contents) { contents_ = std::move(contents); }
    const State& state() const { return state_; }
    void restore(const State& state) { state_ = state; }
    void reset() { state_ = {}; }

    void add_item(std::uint16_t key, Bytes bytes);
    void add_item(std::uint16_t key, SharedBytes bytes);
    void add_number(std::uint16_t key, std::uint64_t value, unsigned size);
    void add_text(std::uint16_t key, const std::string& text);
    /// Names at most 55 characters ("bootorder", "etc/e820"). Replaces a file of the same name.
    void add_file(const std::string& name, Bytes bytes);
    void add_file(const std::string& name, SharedBytes bytes);

    std::uint32_t port_read(std::uint16_t port, unsigned size) override;
    void port_write(std::uint16_t port, std::uint32_t value, unsigned size) override;

private:
    void update_directory();
    /// The unread rest of the selected item.
    std::span<const std::uint8_t> rest() const;
    std::uint8_t next_byte();
    void select(std::uint16_t key);
    void run_dma(PhysicalAddress control_block);
    void copy_to_guest(PhysicalAddress address, std::uint32_t length);

    PhysicalMemory& memory_;
    Contents contents_;
    State state_;
};

template <typename Archive>
void describe(Archive& archive, FwCfg::State& state) {
    archive("selected", state.selected);
    archive("offset", state.offset);
    archive("dma_address", state.dma_address);
}

}  // namespace calque
