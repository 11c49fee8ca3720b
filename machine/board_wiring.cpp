// Which port, slot and pin each chip is at.
#include "machine/board.hpp"

namespace calque {

namespace {

constexpr unsigned network_slot = 3;  // by custom, behind the VGA

/// As the firmware's tables say: the 8254 is at pin 2, where the 8259s have their cascade, and the 8259s are
/// at pin 0.
constexpr unsigned external_pin = 0;
constexpr unsigned io_apic_pin(unsigned irq) { return irq == 0 ? 2 : irq; }
constexpr unsigned hpet_driver = 7;  ///< beside those of Pic8259Pair::Source

}  // namespace

void Board::attach_ports() {
    const auto attach = [this](std::uint16_t first, std::uint16_t last, PortDevice& device, const char* name,
                               unsigned widest = 1) { ports_.attach(first, last, device, name, widest); };
    attach(0x20, 0x21, chips_.pic, "pic master");
    attach(0xA0, 0xA1, chips_.pic, "pic slave");
    attach(0x4D0, 0x4D1, chips_.pic, "elcr");
    attach(Pit8254::first_port, Pit8254::last_port, chips_.pit, "pit");
    attach(Ps2Controller8042::data_port, Ps2Controller8042::data_port, chips_.keyboard_controller,
           "8042 data");
    attach(Ps2Controller8042::command_port, Ps2Controller8042::command_port, chips_.keyboard_controller,
           "8042 command");
    attach(SystemControlPortB::port, SystemControlPortB::port, chips_.system_control_b, "port 61h");
    attach(Rtc146818::first_port, Rtc146818::last_port, chips_.rtc, "rtc");
    attach(PostCode::port, PostCode::port, chips_.post_code, "post code");
    attach(SystemControlPortA::port, SystemControlPortA::port, chips_.system_control_a, "port 92h");
    attach(CoprocessorError::first_port, CoprocessorError::last_port, chips_.coprocessor_error,
           "coprocessor");
    attach(DebugConsole::bochs_port, DebugConsole::bochs_port, chips_.debug_console, "debug console");
    attach(DebugConsole::seabios_port, DebugConsole::seabios_port, chips_.debug_console, "debug console");
    attach(PciBus::first_port, PciBus::last_port, chips_.pci, "pci", 4);
    attach(ParallelPort::first_port, ParallelPort::last_port, chips_.lpt1, "lpt1");
    attach(Fdc82077::first_port, Fdc82077::data_port, chips_.fdc, "fdc");
    attach(Fdc82077::input_port, Fdc82077::input_port, chips_.fdc, "fdc");
    attach(SoundBlaster16::first_port, SoundBlaster16::last_port, chips_.sound_blaster, "sb16");
    attach(Ymf262::adlib_port, Ymf262::adlib_port + Ymf262::port_count - 1, chips_.sound_blaster.fm(),
           "opl3");
    attach(Mpu401::first_port, Mpu401::last_port, chips_.mpu401, "mpu401");
    if (chips_.ne2000_isa)
        attach(Ne2000::isa_base, Ne2000::isa_base + Ne2000::port_count - 1, *chips_.ne2000_isa, "ne2000", 4);
    for (Uart16550* uart : {&chips_.com1, &chips_.com2})
        attach(uart->base(), static_cast<std::uint16_t>(uart->base() + Uart16550::port_count - 1), *uart,
               "uart");
}

void Board::attach_pci() {
    chips_.pci.attach(0, 0, chips_.host_bridge);
    chips_.pci.attach(1, 0, chips_.isa_bridge);
    chips_.pci.attach(1, 1, chips_.ide);
    chips_.pci.attach(1, 3, chips_.pm);
    chips_.pci.attach(2, 0, chips_.vga_pci);
    if (chips_.rtl8139) chips_.pci.attach(network_slot, 0, *chips_.rtl8139);
    if (chips_.ne2000_pci) chips_.pci.attach(network_slot, 0, *chips_.ne2000_pci);
    chips_.pci.set_narrow_handler(chips_.isa_bridge);
}

void Board::connect_interrupts() {
    const auto to_irq = [this](unsigned irq, Pic8259Pair::Source source = Pic8259Pair::isa) {
        return [this, irq, source](bool level) {
            chips_.pic.set_irq(irq, level, source);
            chips_.io_apic.set_pin(io_apic_pin(irq), level, source);
        };
    };
    chips_.pit.out0.connect([this](bool level) { chips_.hpet.set_pit(level); });
    chips_.hpet.irq0.connect(to_irq(0));
    chips_.keyboard_controller.keyboard_irq.connect(to_irq(1));
    chips_.com2.irq.connect(to_irq(3));
    chips_.com1.irq.connect(to_irq(4));
    chips_.fdc.irq.connect(to_irq(6));
    for (std::size_t i = 0; i < SoundBlaster16::irqs.size(); ++i)
        chips_.sound_blaster.irq[i].connect(to_irq(SoundBlaster16::irqs[i], Pic8259Pair::sound));
    chips_.rtc.irq.connect([this](bool level) { chips_.hpet.set_rtc(level); });
    chips_.hpet.irq8.connect(to_irq(8));
    chips_.pm.acpi().sci.connect(to_irq(9, Pic8259Pair::acpi));
    chips_.pm.smbus_irq.connect(to_irq(9, Pic8259Pair::smbus));
    if (chips_.ne2000_isa) chips_.ne2000_isa->controller().interrupt.connect(to_irq(Ne2000::isa_irq));
    chips_.keyboard_controller.mouse_irq.connect(to_irq(12));
    chips_.coprocessor_error.irq.connect(to_irq(13));
    chips_.ide.irq(0).connect(to_irq(14));
    chips_.ide.irq(1).connect(to_irq(15));
    chips_.coprocessor_error.ignne.connect([this](bool level) { processor_.set_ignne(level); });
    pins_.ferr_wire.connect([this](bool level) { chips_.coprocessor_error.set_ferr(level); });

    for (unsigned i = 0; i < chips_.pci.pirq.size(); ++i)
        chips_.pci.pirq[i].connect([this, i](bool level) { chips_.isa_bridge.set_pirq(i, level); });
    for (unsigned i = 0; i < chips_.isa_bridge.irq.size(); ++i)
        chips_.isa_bridge.irq[i].connect(to_irq(i, Pic8259Pair::pci));

    for (unsigned pin = 0; pin < chips_.hpet.pins.size(); ++pin)
        chips_.hpet.pins[pin].connect(
            [this, pin](bool level) { chips_.io_apic.set_pin(pin, level, hpet_driver); });

    connect_apics();
    clock_.on_deadline_change([this] { leave_run(); });
}

void Board::connect_apics() {
    LocalApic& local = chips_.local_apic;
    chips_.pic.interrupt.connect([this](bool level) {
        chips_.local_apic.set_lint(0, level);
        chips_.io_apic.set_pin(external_pin, level);
    });
    chips_.io_apic.on_message([&local](const ApicMessage& message) { return local.receive(message); });
    local.on_external_acknowledge([this] { return chips_.pic.acknowledge(); });
    local.on_end_of_interrupt([this](std::uint8_t vector) { chips_.io_apic.end_of_interrupt(vector); });
    local.interrupt.connect([this](bool level) { processor_.set_interrupt_line(level); });
    local.nmi.connect([this](bool level) {
        if (level) processor_.raise_nmi();
    });
    local.init.connect([this](bool level) {
        if (level) ask(Request::reset_processor);
    });
}

void Board::connect_resets() {
    chips_.system_control_a.on_reset([this] { ask(Request::reset_processor); });
    chips_.keyboard_controller.on_reset([this] { ask(Request::reset_processor); });
    chips_.isa_bridge.on_reset([this] { ask(Request::reset); });
    chips_.pm.acpi().on_power_off([this] { ask(Request::power_off); });
}

void Board::connect_memory_controls() {
    chips_.system_control_a.a20.connect([this](bool level) { chips_.a20_gate.set(level); });
    chips_.keyboard_controller.a20.connect([this](bool level) { chips_.a20_gate.set(level); });
    chips_.host_bridge.on_pam_change([this](const I440fx::PamRegion& region) { bios_.apply(region); });
    chips_.host_bridge.on_smram_change([this](bool open) {
        if (open)
            memory_.map_ram(Vga::window_base, memory_.ram(), Vga::window_base, Vga::window_size);
        else
            chips_.vga.map_window();
    });
    memory_.on_layout_change([this] { leave_run(); });
}

}  // namespace calque
