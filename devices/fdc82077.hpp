// Intel 82077AA floppy disk controller with its two drives.
#pragma once

#include "devices/clock.hpp"
#include "devices/fdc82077_state.hpp"
#include "devices/floppy_drive.hpp"
#include "devices/port_bus.hpp"
#include "devices/wire.hpp"

#include <array>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>

namespace calque {

class Dma8237Pair;

/// In AT mode, but with status registers A and B, which it has on a PS/2. As on the chip, it is the digital
/// output register that says which drive hears the controller; the drive that a command names only selects
/// whose cylinder number and status are meant. What the host refuses to read or write comes back to the guest
/// as an error of the disk.
class Fdc82077 final : public PortDevice {
public:
    using State = FdcState;
    /// Port 3F6h of the range belongs to the IDE controller.
    static constexpr std::uint16_t first_port = 0x3F0, data_port = 0x3F5, input_port = 0x3F7;
    static constexpr unsigned dma_channel = 2;

    Fdc82077(Clock& clock, Dma8237Pair& dma);

    /// Number 0 is A:, 1 is B:. Without a type the drive is of that which suits the image, or a usual one
    /// where there is none either. Throws std::runtime_error, one line, if the image does not fit into the
    /// drive.
    void add_drive(unsigned number, std::unique_ptr<DiskImage> image, const FloppyDriveType* type = nullptr);
    /// The type of a drive; null for none.
    const FloppyDriveType* drive_type(unsigned number) const;
    /// Puts a disk in, in place of what was there; the guest is told by the disk change line. Null takes the
    /// disk out. Throws std::runtime_error, one line, if the drive does not take it; the old one then stays.
    void insert(unsigned number, std::unique_ptr<DiskImage> image);
    bool has_disk(unsigned number) const { return drives_[number] && drives_[number]->has_disk(); }

    const State& state() const { return state_; }
    /// The same drives must have been added. Throws std::runtime_error if the state is damaged.
    void restore(const State& state);
    /// As the reset pin does.
    void reset();

    std::uint32_t port_read(std::uint16_t port, unsigned size) override;
    void port_write(std::uint16_t port, std::uint32_t value, unsigned size) override;

    Wire irq;

private:
    struct Command {
        std::uint8_t code;
        std::uint8_t options;  ///< bits of the first byte that vary
        std::uint8_t size;     ///< bytes, the first included
        void (Fdc82077::*run)();
    };
    static const Command* find(std::uint8_t opcode);
    enum class Kind : std::uint8_t { read, write, verify, scan, format, read_id };

    // Registers and phases, in fdc82077.cpp.
    bool in_reset() const;
    bool powered_down() const;
    std::uint8_t status_a() const;
    std::uint8_t status_b() const;
    std::uint8_t main_status() const;
    std::uint8_t input_register() const;
    void write_output_register(std::uint8_t value);
    void write_rate_select(std::uint8_t value);
    void write_data(std::uint8_t value);
    std::uint8_t read_data();
    std::uint8_t read_result();
    void software_reset();
    void abandon();
    void poll_drives();
    void raise_interrupt();
    void update_interrupt();
    void reply(std::initializer_list<std::uint8_t> bytes);
    void enter_command_phase();
    void run_command();

    // Commands that move no data, in fdc82077_control.cpp.
    void invalid();
    void specify();
    void sense_drive_status();
    void sense_interrupt_status();
    void configure();
    void dump_registers();
    void version();
    void perpendicular_mode();
    void lock();

    // Head movement, in fdc82077_seek.cpp.
    void seek();
    void relative_seek();
    void recalibrate();
    void begin_steps(unsigned unit, unsigned steps, bool inward);
    void step_drives();
    void step_drive(unsigned unit);
    void end_seek(unsigned unit);
    void arm_steps();
    Nanoseconds step_time() const;

    // Sectors, in fdc82077_search.cpp and fdc82077_transfer.cpp.
    void read_id();
    void read_or_write();
    void begin_execution();
    void load_head();
    void resume();
    void search();
    void find_sector(const FloppyDrive& drive);
    void find_address(const FloppyDrive& drive);
    void not_found(const FloppyDrive& drive, std::uint8_t st1);
    void address_passed();
    bool readable(const FloppyDrive& drive) const;
    bool passes(const FloppyDrive& drive) const;
    unsigned sector_under_head(const FloppyDrive& drive) const;
    FloppyDrive* still_there();
    void sector_passed();
    void to_host(FloppyDrive& drive);
    void from_host(FloppyDrive& drive);
    bool skips(const FloppyDrive& drive);
    bool load_sector(FloppyDrive& drive);
    bool use_sector(FloppyDrive& drive, std::size_t size);
    bool write_sector(FloppyDrive& drive);
    bool compare_sector(FloppyDrive& drive, std::size_t size);
    void sector_done(bool terminal_count);
    unsigned sector_step() const;
    bool at_end_of_track() const;
    void advance_address();
    void conclude(std::uint8_t st1 = 0);
    void finish(std::uint8_t st1 = 0, std::uint8_t st2 = 0);

    // FORMAT TRACK, in fdc82077_format.cpp.
    void format_track();
    void begin_format(const FloppyDrive& drive);
    void await_format_sector(const FloppyDrive& drive);
    bool format_sector(FloppyDrive& drive);
    bool can_format(const FloppyDrive& drive) const;

    // Non-DMA mode, in fdc82077_fifo.cpp.
    bool non_dma() const { return state_.specify[1] & 1; }
    void await_data(Nanoseconds end, std::uint32_t size);
    void stream();
    void stream_to_host(FloppyDrive& drive);
    void stream_from_host(FloppyDrive& drive);
    void schedule_batch();
    std::size_t fifo_capacity() const;
    std::size_t fifo_threshold() const;
    std::size_t bytes_to_give() const;
    std::size_t bytes_to_take() const;
    std::uint8_t take_from_fifo();
    void put_into_fifo(std::uint8_t value);
    void set_request(bool request);

    std::uint8_t opcode() const { return state_.command[0] & 0x1F; }
    Kind kind() const;
    bool to_disk() const;
    bool option(std::uint8_t bits) const { return state_.command[0] & bits; }
    unsigned unit() const { return state_.command[1] & 3; }
    /// The drive that the output register selects; null if its motor is off or there is none.
    FloppyDrive* selected() const;
    /// It, with a disk in.
    FloppyDrive* turning() const;
    FloppyRate rate() const { return static_cast<FloppyRate>(state_.rate); }
    Nanoseconds bit_times(std::int64_t bits) const;
    void schedule(FdcStep step, Nanoseconds at);
    void expired();

    Clock& clock_;
    Dma8237Pair& dma_;
    State state_;
    Timer execution_timer_, step_timer_, poll_timer_;
    std::array<std::optional<FloppyDrive>, 2> drives_;
};

}  // namespace calque
