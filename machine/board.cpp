// Construction, resetting and running of the board.
#include "machine/board.hpp"

#include "machine/file_bytes.hpp"
#include "machine/firmware_data.hpp"
#include "machine/host_time.hpp"
#include "machine/network_card.hpp"
#include "machine/paced_time.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <stdexcept>

namespace calque {

namespace {

const CpuModel& model_named(const std::string& name) {
    if (const CpuModel* model = find_cpu_model(name)) return *model;
    throw std::runtime_error(fmt::format("there is no CPU model \"{}\"", name));
}

std::unique_ptr<GuestTime> make_time(const MachineConfig& config, const Cpu& cpu) {
    if (config.clock == ClockKind::instructions)
        return std::make_unique<InstructionTime>(cpu, config.nanoseconds_per_instruction);
    if (config.instructions_per_second)
        return std::make_unique<PacedTime>(cpu, config.instructions_per_second);
    return std::make_unique<HostTime>(cpu);
}

}  // namespace

Board::Board(const MachineConfig& config)
    : config_(config),
      memory_(config.memory),
      mmu_(memory_),
      pins_(ports_),
      processor_(mmu_, pins_, model_named(config.cpu)),
      time_(make_time(config, processor_.cpu())),
      clock_(*time_),
      bios_(memory_, read_file(config.firmware), config.firmware),
      chips_(clock_, memory_, ports_, read_file(config.vga_firmware), config.rtc_start,
             processor_.cpu().model.apic_version),
      drives_(config, chips_) {
    pins_.connect(clock_, chips_.local_apic, config.clock != ClockKind::real);
    add_network_card(config, clock_, memory_, ports_, chips_);
    attach_ports();
    if (config.exit_port) ports_.attach(*config.exit_port, *config.exit_port, chips_.exit_port, "exit port");
    attach_pci();
    connect_interrupts();
    connect_resets();
    connect_memory_controls();
    provide_firmware_data(config, chips_, drives_);
    reset();
}

MachineConfig Board::config() const {
    MachineConfig config = config_;
    for (std::string* path :
         {&config.firmware, &config.vga_firmware, &config.nic_firmware, &config.kernel, &config.initrd}) {
        if (!path->empty()) *path = std::filesystem::absolute(*path).string();
    }
    drives_.add_media_to(config);
    return config;
}

ExitReason Board::run(std::uint64_t until) {
    running_ = true;
    const ExitReason reason = processor_.run(until);
    running_ = false;
    return reason;
}

void Board::reset() {
    chips_.for_each([](std::string_view, auto& device) {
        if constexpr (requires { device.reset(); }) device.reset();
    });
    reset_processor();
}

void Board::reset_processor() {
    pins_.ferr(false);
    chips_.coprocessor_error.reset();
    chips_.a20_gate.reset();
    processor_.reset();
    chips_.local_apic.initialize();
    chips_.local_apic.set_base(processor_.cpu().state.apic_base);
    processor_.set_interrupt_line(chips_.local_apic.interrupt.level());
}

void Board::ask(Request request) {
    request_ = std::max(request_, request);
    leave_run();
}

// Outside a run nothing needs to be interrupted, and the next run must not be.
void Board::leave_run() {
    if (running_) processor_.cpu().request_stop();
}

}  // namespace calque
