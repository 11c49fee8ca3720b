// All chips on one bus under random accesses: nothing breaks, equal runs stay equal, and a machine that was
// saved and restored on the way goes on like one that was not.
#include "bench_clock.hpp"
#include "devices/dma8237_pair.hpp"
#include "devices/fdc82077.hpp"
#include "devices/fw_cfg.hpp"
#include "devices/i440fx.hpp"
#include "devices/parallel_port.hpp"
#include "devices/pci_bus.hpp"
#include "devices/pic8259_pair.hpp"
#include "devices/piix3_isa.hpp"
#include "devices/piix4_pm.hpp"
#include "devices/ps2_controller8042.hpp"
#include "devices/ps2_keyboard.hpp"
#include "devices/ps2_mouse.hpp"
#include "devices/rtc146818.hpp"
#include "devices/system_control.hpp"
#include "devices/uart16550.hpp"

#include <doctest/doctest.h>

#include <array>
#include <memory>
#include <random>
#include <typeinfo>

using namespace calque;

namespace {

struct Board {
    BenchClock bench;
    PhysicalMemory memory{0x10'0000};
    PortBus ports;
    Pic8259Pair pic;
    Pit8254 pit{bench.clock};
    SystemControlPortB port_b{bench.clock, pit};
    SystemControlPortA port_a;
    Rtc146818 rtc{bench.clock, 1'700'000'000};
    Dma8237Pair dma{memory, ports};
    Ps2Keyboard keyboard{bench.clock};
    Ps2Mouse mouse;
    Ps2Controller8042 controller{bench.clock, keyboard, mouse};
    Uart16550 uart{bench.clock, 0x3F8};
    ParallelPort lpt;
    Fdc82077 fdc{bench.clock, dma};
    FwCfg fw_cfg{memory, ports};
    PciBus pci;
    I440fx host;
    Piix3Isa isa;
    Piix4Pm pm{bench.clock, ports};

    Board() {
        ports.attach(0x20, 0x21, pic, "pic");
        ports.attach(0xA0, 0xA1, pic, "pic");
        ports.attach(0x4D0, 0x4D1, pic, "elcr");
        ports.attach(0x40, 0x43, pit, "pit");
        ports.attach(0x61, 0x61, port_b, "port b");
        ports.attach(0x92, 0x92, port_a, "port a");
        ports.attach(0x70, 0x71, rtc, "rtc");
        ports.attach(0x60, 0x60, controller, "8042");
        ports.attach(0x64, 0x64, controller, "8042");
        ports.attach(0x3F8, 0x3FF, uart, "uart");
        ports.attach(0x378, 0x37A, lpt, "lpt");
        ports.attach(0x3F0, 0x3F5, fdc, "fdc");
        ports.attach(0x3F7, 0x3F7, fdc, "fdc");
        ports.write(0xD6, 0xC0, 1);  // the cascade of the DMA controllers
        ports.write(0xD4, 0x00, 1);
        fdc.add_drive(0, nullptr);
        ports.attach(0xCF8, 0xCFF, pci, "pci", 4);
        pci.attach(0, 0, host);
        pci.attach(1, 0, isa);
        pci.attach(1, 3, pm);
        pci.set_narrow_handler(isa);
        connect(pit.out0, 0);
        connect(controller.keyboard_irq, 1);
        connect(uart.irq, 4);
        connect(fdc.irq, 6);
        connect(rtc.irq, 8);
        connect(pm.acpi().sci, 9);
        connect(controller.mouse_irq, 12);
    }
    void connect(Wire& wire, unsigned irq) {
        wire.connect([this, irq](bool level) { pic.set_irq(irq, level); });
    }
    template <typename Visitor>
    static void each(Board& a, Board& b, Visitor visit) {
        visit(a.pit, b.pit);
        visit(a.port_b, b.port_b);
        visit(a.port_a, b.port_a);
        visit(a.rtc, b.rtc);
        visit(a.dma, b.dma);
        visit(a.keyboard, b.keyboard);
        visit(a.mouse, b.mouse);
        visit(a.controller, b.controller);
        visit(a.uart, b.uart);
        visit(a.lpt, b.lpt);
        visit(a.fdc, b.fdc);
        visit(a.fw_cfg, b.fw_cfg);
        visit(a.pci, b.pci);
        visit(a.host, b.host);
        visit(a.isa, b.isa);
        visit(a.pm, b.pm);
        visit(a.pic, b.pic);
    }
};

constexpr std::array<std::uint16_t, 45> interesting = {
    0x378, 0x37A, 0x3F2, 0x3F5, 0x3F5, 0x20, 0x21,  0xA0,  0xA1,  0x4D0, 0x4D1, 0x40,   0x41,   0x42,  0x43,
    0x61,  0x92,  0x70,  0x71,  0x60,  0x64, 0x3F8, 0x3F9, 0x3FA, 0x3FB, 0x3FC, 0x3FD,  0x3FE,  0xCF8, 0xCF9,
    0xCFC, 0xCFD, 0xCFE, 0x0A,  0x05,  0xD4, 0x81,  0x510, 0x511, 0x518, 0xB2,  0xAFE2, 0xAFE0, 0x600, 0x602};

using Random = std::mt19937;

/// One random thing happens. What was read is returned.
std::uint32_t step(Board& board, Random& random) {
    const std::uint16_t port = interesting[random() % interesting.size()];
    const unsigned size = 1u << random() % 3;
    const auto value = static_cast<std::uint32_t>(random());
    switch (random() % 8) {
        case 0: board.bench.advance(static_cast<Nanoseconds>(random() % 300'000)); return 0;
        case 1:
            board.keyboard.key(static_cast<Key>(value % static_cast<unsigned>(Key::count)), value & 0x80);
            return 0;
        case 2:
            board.mouse.move(static_cast<int>(value % 700) - 350, static_cast<int>(value >> 16 & 0xFF));
            return 0;
        case 3: return board.uart.receive(static_cast<std::uint8_t>(value)) | board.pic.acknowledge();
        case 4:
        case 5: return board.ports.read(port, size);
        default: board.ports.write(port, value, size); return 0;
    }
}

void check_equal(Board& a, Board& b) {
    Board::each(a, b, [](auto& x, auto& y) {
        const std::string device = typeid(x).name();
        CAPTURE(device);
        CHECK(listed(x.state()) == listed(y.state()));
    });
}

void restore_into(Board& copy, Board& board) {
    copy.bench.advance_to(board.bench.now());
    Board::each(board, copy, [](auto& from, auto& to) { to.restore(through_archive(from.state())); });
}

}  // namespace

TEST_CASE("equal runs stay equal, restored ones too") {
    for (unsigned seed = 1; seed <= 8; ++seed) {
        Board first, second;
        auto restored = std::make_unique<Board>();
        Random a(seed), b(seed), c(seed);
        for (int i = 0; i < 2'000; ++i) {
            const std::uint32_t read = step(first, a);
            REQUIRE(step(second, b) == read);
            REQUIRE(step(*restored, c) == read);
            if (i % 250 != 100) continue;
            auto fresh = std::make_unique<Board>();
            restore_into(*fresh, *restored);
            check_equal(*fresh, *restored);
            restored = std::move(fresh);
        }
        check_equal(first, second);
        check_equal(first, *restored);
        CHECK(first.bench.clock.next_deadline() == restored->bench.clock.next_deadline());
    }
}
