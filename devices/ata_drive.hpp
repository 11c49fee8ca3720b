// What ATA disks and ATAPI drives share: the task file, blocks of PIO data, the interrupt, time.
#pragma once

#include "devices/ata_state.hpp"

#include <span>
#include <string>

namespace calque {

class IdeBusMaster;

namespace ata_status {
inline constexpr std::uint8_t error = 0x01, data_request = 0x08, seek_complete = 0x10, device_fault = 0x20,
                              ready = 0x40, busy = 0x80;
}
namespace ata_error {
inline constexpr std::uint8_t aborted = 0x04, id_not_found = 0x10, uncorrectable = 0x40;
}

/// Registers of the command block by their offset.
enum class AtaRegister : std::uint8_t {
    data,
    features,
    sector_count,
    lba_low,
    lba_mid,
    lba_high,
    device,
    command
};

/// The cable: whom a drive tells of changes.
class AtaCable {
public:
    virtual ~AtaCable() = default;
    virtual void interrupt_changed() = 0;
    /// The drive has data to move and waits for the bus master.
    virtual void dma_requested() = 0;
};

/// One drive. Its state is kept by the controller. A command takes a short fixed time, so that
/// drivers get their interrupts after they have gone to sleep.
class AtaDrive {
public:
    AtaDrive(Clock& clock, std::string name, AtaDriveState& state, AtaCable& cable);
    virtual ~AtaDrive() = default;
    AtaDrive(const AtaDrive&) = delete;
    AtaDrive& operator=(const AtaDrive&) = delete;

    /// `high` reads what was written before the present value. The data register is not among these.
    std::uint8_t read(AtaRegister reg, bool high) const;
    /// A busy drive takes no register and no command but DEVICE RESET.
    void write(AtaRegister reg, std::uint8_t value);
    void write_command(std::uint8_t command);
    std::uint32_t read_data(unsigned size);
    void write_data(std::uint32_t value, unsigned size);

    std::uint8_t status() const { return state_.status; }
    bool interrupt() const { return state_.interrupt; }
    /// Reading the status register does this; reading the alternate one does not.
    void acknowledge_interrupt();

    void power_on();
    void begin_reset();
    void end_reset();
    /// The step of EXECUTE DEVICE DIAGNOSTIC, which both drives of a channel take.
    void diagnose();

    bool awaits_dma() const { return state_.step == AtaStep::await_dma; }
    /// The bus master has been started: moves the data after the time that takes.
    void start_dma();

    /// The state has been replaced. Throws std::runtime_error if it is damaged.
    void restored();

protected:
    /// The bus master that a DMA step uses; set by the channel before the first command.
    IdeBusMaster* bus_master() const { return bus_master_; }

    virtual void execute() = 0;
    /// Any step but execute, await_dma and finish_reset.
    virtual void run_step(AtaStep step) = 0;
    /// The host has moved the whole block.
    virtual void block_moved() = 0;
    virtual void set_signature() = 0;
    virtual void reset_settings() = 0;
    /// What the status register shows when nothing is going on.
    virtual std::uint8_t idle_status() const = 0;
    virtual Nanoseconds dma_time() const = 0;
    /// Could a restored state have come from a drive of this kind?
    virtual bool state_is_possible() const = 0;
    /// It is in force now.
    virtual void state_taken() {}

    void schedule(AtaStep step, Nanoseconds delay);
    void await_dma();
    /// Offers bytes position..end of the buffer, or asks for them.
    void request_block(std::uint32_t end, bool interrupt);
    void complete();
    void fail(std::uint8_t error, std::uint8_t more_status = 0);
    void abort() { fail(ata_error::aborted); }
    void set_interrupt(bool level);
    void clear_transfer();

    AtaDriveState& state() { return state_; }
    const AtaDriveState& state() const { return state_; }

private:
    friend class IdeChannel;
    void expired();

    AtaDriveState& state_;
    Clock& clock_;
    AtaCable& cable_;
    IdeBusMaster* bus_master_ = nullptr;
    Timer timer_;
};

}  // namespace calque
