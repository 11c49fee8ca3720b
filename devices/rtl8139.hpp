// Realtek RTL8139C: a PCI Fast Ethernet card with bus-master transmit buffers and a receive ring.
#pragma once

#include "devices/clock.hpp"
#include "devices/eeprom93c46.hpp"
#include "devices/expansion_rom.hpp"
#include "devices/network_card.hpp"
#include "devices/pci_device.hpp"
#include "devices/port_window.hpp"
#include "mmu/physical_memory.hpp"

#include <array>
#include <cstdint>
#include <span>

namespace calque {

/// 10ec:8139 revision 10h: 256 bytes of registers by I/O (BAR0) and memory (BAR1), INTA, an expansion ROM.
///
/// A transmission takes the time it takes on a wire of 100 Mbit/s and reads memory at its end. Frames arrive
/// whole: there are no early receive interrupts, collisions or bad checksums.
class Rtl8139 final : public PciDevice, public NetworkCard, private PortDevice, private MmioHandler {
public:
    static constexpr std::uint16_t vendor_id = 0x10EC, device_id = 0x8139;

    struct State {
        PciConfig config;
        Eeprom93c46::State eeprom;
        MacAddress id{};
        MulticastFilter multicast{};
        std::array<std::uint32_t, 4> transmit_status{}, transmit_address{};
        std::uint8_t next_transmit = 0;      ///< the descriptor whose turn it is
        Nanoseconds transmitted_at = never;  ///< when its frame will have left
        std::uint32_t receive_buffer = 0;    ///< RBSTART
        std::uint16_t capr = 0, cbr = 0;     ///< where the driver reads (16 less) and the card writes
        std::uint16_t imr = 0, isr = 0;
        std::uint32_t tcr = 0, rcr = 0;
        std::uint32_t missed = 0;           ///< MPC, 24 bits
        std::uint32_t timer_interrupt = 0;  ///< TimerInt
        std::int64_t timer_start = 0;       ///< the PCI clock's tick at which TCTR was 0
        std::uint8_t command = 0;           ///< CR: its receiver and transmitter enable bits
        std::uint8_t control_9346 = 0;
        std::uint8_t config1 = 0, config3 = 0, config4 = 0, config5 = 0;
        std::uint16_t multiple_interrupt = 0;
        std::uint16_t bmcr = 0, anar = 0;
        bool link_up = false;
    };

    /// `rom` is copied; it may be empty. Throws std::runtime_error if it is larger than 16 MiB.
    Rtl8139(Clock& clock, PhysicalMemory& memory, PortBus& ports, const MacAddress& address,
            std::span<const std::uint8_t> rom);

    const State& state() const { return state_; }
    void restore(const State& state);
    void reset();

    std::int64_t bits_per_second() const override { return 100'000'000; }
    bool can_receive() const override;
    void receive(EthernetFrame frame) override;
    void set_link(bool up) override;

private:
    static constexpr std::int64_t pci_hertz = 33'000'000;  ///< what TCTR counts

    // PCI: rtl8139.cpp
    void map_bar(unsigned bar, std::uint32_t base) override;
    void unmap_bar(unsigned bar, std::uint32_t base) override;
    void config_written(std::uint8_t offset, unsigned size) override;
    std::uint32_t port_read(std::uint16_t port, unsigned size) override;
    void port_write(std::uint16_t port, std::uint32_t value, unsigned size) override;
    std::uint64_t mmio_read(PhysicalAddress address, unsigned size) override;
    void mmio_write(PhysicalAddress address, std::uint64_t value, unsigned size) override;

    void reset_registers();
    void load_from_eeprom();
    bool is_bus_master() const { return command() & pci_command::bus_master; }
    void update_interrupt();
    void raise(std::uint16_t causes);

    // Registers: rtl8139_registers.cpp. `mask` covers the bytes that are written, as byte enables do.
    std::uint32_t read(unsigned offset, unsigned size) const;
    void write(unsigned offset, std::uint32_t value, unsigned size);
    std::uint32_t read_dword(unsigned offset) const;
    std::uint32_t read_configuration(unsigned offset) const;
    void write_dword(unsigned offset, std::uint32_t value, std::uint32_t mask);
    void write_configuration(unsigned offset, std::uint32_t value, std::uint32_t mask);
    void write_command(std::uint8_t value);
    void write_receive_configuration(std::uint32_t value, std::uint32_t mask);
    void write_9346(std::uint8_t value);
    std::uint8_t read_9346() const;
    void write_config(unsigned offset, std::uint32_t value, std::uint32_t mask);
    void write_bmcr(std::uint16_t value);
    std::uint8_t media_status() const;
    std::uint16_t bmsr() const;
    bool unlocked() const;

    // The timer: rtl8139_registers.cpp
    std::uint32_t timer_count() const;
    void arm_timer();

    // Transmitter: rtl8139_transmit.cpp
    void write_transmit_status(unsigned descriptor, std::uint32_t value, std::uint32_t mask);
    void start_transmit();
    void transmitted();
    void send(EthernetFrame frame);
    std::uint16_t transmit_summary() const;

    // Receiver: rtl8139_receive.cpp
    bool receiver_enabled() const;
    bool receive_buffer_empty() const;
    std::uint32_t receive_buffer_size() const;
    std::uint32_t receive_room() const;
    bool has_room_for(std::size_t size) const;
    std::uint16_t accept(EthernetFrame frame) const;
    void store_frame(EthernetFrame frame, std::uint16_t status);
    void store_bytes(std::uint32_t& offset, std::span<const std::uint8_t> bytes);

    State state_;
    Clock& clock_;
    PhysicalMemory& memory_;
    PortWindow window_;
    ExpansionRom rom_;
    Eeprom93c46 eeprom_;
    Timer transmit_timer_;
    Timer interrupt_timer_;
};

template <typename Archive>
void describe(Archive& archive, Rtl8139::State& state) {
    archive("config", state.config);
    archive("eeprom", state.eeprom);
    archive("id", state.id);
    archive("multicast", state.multicast);
    archive("transmit_status", state.transmit_status);
    archive("transmit_address", state.transmit_address);
    archive("next_transmit", state.next_transmit);
    archive("transmitted_at", state.transmitted_at);
    archive("receive_buffer", state.receive_buffer);
    archive("capr", state.capr);
    archive("cbr", state.cbr);
    archive("imr", state.imr);
    archive("isr", state.isr);
    archive("tcr", state.tcr);
    archive("rcr", state.rcr);
    archive("missed", state.missed);
    archive("timer_interrupt", state.timer_interrupt);
    archive("timer_start", state.timer_start);
    archive("command", state.command);
    archive("control_9346", state.control_9346);
    archive("config1", state.config1);
    archive("config3", state.config3);
    archive("config4", state.config4);
    archive("config5", state.config5);
    archive("multiple_interrupt", state.multiple_interrupt);
    archive("bmcr", state.bmcr);
    archive("anar", state.anar);
    archive("link_up", state.link_up);
}

}  // namespace calque
