// All chips and cards of the board, and the one list of them.
#pragma once

#include "devices/debug_ports.hpp"
#include "devices/dma8237_pair.hpp"
#include "devices/fdc82077.hpp"
#include "devices/fw_cfg.hpp"
#include "devices/hpet.hpp"
#include "devices/i440fx.hpp"
#include "devices/ide_piix.hpp"
#include "devices/io_apic.hpp"
#include "devices/local_apic.hpp"
#include "devices/mpu401.hpp"
#include "devices/ne2000.hpp"
#include "devices/ne2000_pci.hpp"
#include "devices/parallel_port.hpp"
#include "devices/pc_speaker.hpp"
#include "devices/pci_bus.hpp"
#include "devices/pic8259_pair.hpp"
#include "devices/piix3_isa.hpp"
#include "devices/piix4_pm.hpp"
#include "devices/pit8254.hpp"
#include "devices/ps2_controller8042.hpp"
#include "devices/ps2_keyboard.hpp"
#include "devices/ps2_mouse.hpp"
#include "devices/rtc146818.hpp"
#include "devices/rtl8139.hpp"
#include "devices/sound_blaster16.hpp"
#include "devices/system_control.hpp"
#include "devices/uart16550.hpp"
#include "devices/vga.hpp"
#include "devices/vga_pci.hpp"
#include "machine/a20_gate.hpp"
#include "machine/coprocessor_error.hpp"
#include "machine/stateful.hpp"

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace calque {

/// The chips, unconnected. Each must be in for_each, which saving, hashing and resetting go by.
struct Chips {
    /// `apic_version` is that of the processor's local APIC, 0 for none.
    Chips(Clock& clock, PhysicalMemory& memory, PortBus& ports, std::span<const std::uint8_t> vga_rom,
          std::int64_t rtc_start, std::uint32_t apic_version)
        : local_apic(clock, memory, apic_version),
          io_apic(memory),
          hpet(clock, memory),
          dma(memory, ports),
          pit(clock),
          rtc(clock, rtc_start),
          system_control_b(clock, pit),
          pc_speaker(clock, pit, system_control_b),
          sound_blaster(clock, dma),
          com1(clock, 0x3F8),
          com2(clock, 0x2F8),
          fdc(clock, dma),
          keyboard(clock),
          keyboard_controller(clock, keyboard, mouse),
          ide(clock, memory, ports),
          pm(clock, ports),
          vga(clock, memory, ports),
          vga_pci(vga, memory, vga_rom),
          fw_cfg(memory, ports),
          a20_gate(memory) {}

    Pic8259Pair pic;
    LocalApic local_apic;
    IoApic io_apic;
    Hpet hpet;
    Dma8237Pair dma;
    Pit8254 pit;
    Rtc146818 rtc;
    SystemControlPortA system_control_a;
    SystemControlPortB system_control_b;
    PcSpeaker pc_speaker;
    SoundBlaster16 sound_blaster;
    Mpu401 mpu401;
    PostCode post_code;
    CoprocessorError coprocessor_error;
    Uart16550 com1, com2;
    ParallelPort lpt1;
    Fdc82077 fdc;
    Ps2Keyboard keyboard;
    Ps2Mouse mouse;
    Ps2Controller8042 keyboard_controller;
    PciBus pci;
    I440fx host_bridge;
    Piix3Isa isa_bridge;
    PiixIde ide;
    Piix4Pm pm;
    Vga vga;
    VgaPci vga_pci;
    std::optional<Rtl8139> rtl8139;  ///< of these three network cards at most one
    std::optional<Ne2000Pci> ne2000_pci;
    std::optional<Ne2000> ne2000_isa;
    FwCfg fw_cfg;
    DebugConsole debug_console;
    ExitPort exit_port;
    A20Gate a20_gate;

    /// The network card, whichever it is; nullptr without one.
    NetworkCard* network_card() {
        if (rtl8139) return &*rtl8139;
        if (ne2000_pci) return &ne2000_pci->network();
        return ne2000_isa ? &ne2000_isa->controller() : nullptr;
    }

    /// Whatever can be heard.
    std::vector<SoundSource*> sound_sources() {
        return {&pc_speaker, &sound_blaster.dsp(), &sound_blaster.fm()};
    }

    /// Calls visit(name, device) for every chip that has a state, in a fixed order: those whose wires move
    /// others' state come before them.
    template <typename Visitor>
    void for_each(Visitor visitor) {
        const auto visit = [&](std::string_view name, Stateful auto& device) { visitor(name, device); };
        visit("dma", dma);
        visit("pit", pit);
        visit("rtc", rtc);
        visit("port92", system_control_a);
        visit("port61", system_control_b);
        visit("port80", post_code);
        visit("sb16", sound_blaster);
        visit("mpu401", mpu401);
        visit("coprocessor", coprocessor_error);
        visit("com1", com1);
        visit("com2", com2);
        visit("lpt1", lpt1);
        visit("fdc", fdc);
        visit("keyboard", keyboard);
        visit("mouse", mouse);
        visit("8042", keyboard_controller);
        visit("pci", pci);
        visit("i440fx", host_bridge);
        visit("piix3", isa_bridge);
        visit("piix3_ide", ide);
        visit("piix4", pm);
        visit("vga", vga);
        visit("vga_pci", vga_pci);
        if (rtl8139) visit("rtl8139", *rtl8139);
        if (ne2000_pci) visit("ne2000_pci", *ne2000_pci);
        if (ne2000_isa) visit("ne2000_isa", *ne2000_isa);
        visit("fw_cfg", fw_cfg);
        visit("hpet", hpet);
        visit("pic", pic);
        visit("io_apic", io_apic);
        visit("local_apic", local_apic);
        visit("a20", a20_gate);
    }
};

}  // namespace calque
