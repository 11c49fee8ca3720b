// Port, memory and configuration accesses in any order, as a guest could make them, while time goes on and
// keys, frames and characters arrive, media are changed, and somebody looks at the screen and listens. Each
// run has a board of its own, with a drive of each kind and a card; at its end the chips' states are put
// back, which must change nothing.
#include "machine/board.hpp"
#include "machine/sound_output.hpp"
#include "tests/fuzz/fuzz_file.hpp"
#include "tests/fuzz/input.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <any>
#include <array>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

using namespace calque;
using namespace calque::test;

namespace {

constexpr unsigned most_steps = 2'000, most_expiries = 300;

struct PortRange {
    std::uint16_t first, last;
};
struct MemoryRange {
    std::uint32_t base, size;
};

/// What belongs together. An input that keeps to one family gets deeper into it.
struct Family {
    std::vector<PortRange> ports;
    std::vector<MemoryRange> memory;
};

constexpr std::uint32_t pm_ports = 0x600, smbus_ports = 0x700, ide_ports = 0xC000, nic_ports = 0xC100;
constexpr std::uint32_t nic_registers = 0xFEBF'0000, vga_frame_buffer = 0xFD00'0000,
                        vga_registers = 0xFEBF'1000, local_apic = 0xFEE0'0000;

PortRange at(std::uint32_t first, unsigned count) {
    return {static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(first + count - 1)};
}

const std::vector<Family>& families() {
    static const std::vector<Family> all{
        {{at(0x20, 2), at(0xA0, 2), at(0x4D0, 2), at(0x40, 4), at(0x61, 1), at(0x70, 2), at(0xF0, 2)},
         {{local_apic, 0x400}, {IoApic::base, 0x20}, {Hpet::base, 0x180}}},
        {{at(0x1F0, 8), at(0x3F6, 1), at(0x170, 8), at(0x376, 1), at(ide_ports, 16)}, {}},
        {{at(0x3F0, 8), at(0x00, 16), at(0x80, 16), at(0xC0, 32)}, {}},
        {{at(nic_ports, 256), at(0x300, 32)}, {{nic_registers, 0x100}}},
        {{at(0x220, 16), at(0x388, 4), at(0x330, 2), at(0x00, 16), at(0x80, 16), at(0xC0, 32), at(0x61, 1),
          at(0x42, 2)},
         {}},
        {{at(0x3B0, 48), at(0x1CE, 4)},
         {{0xA'0000, 0x2'0000}, {vga_frame_buffer, 0x100'0000}, {vga_registers, 0x1000}}},
        {{at(0x60, 1), at(0x64, 1), at(0x61, 1), at(0x92, 1), at(0x3F8, 8), at(0x2F8, 8), at(0x378, 3)}, {}},
        {{at(0xCF8, 8), at(0xB2, 2), at(0xAFE0, 4), at(pm_ports, 64), at(smbus_ports, 16), at(0x510, 2),
          at(0x514, 8), at(0x80, 1), at(0x402, 1)},
         {{0xC'0000, 0x4'0000}}}};
    return all;
}

class BusFuzz {
public:
    explicit BusFuzz(Input& input)
        : input_(input), family_(input.byte() % (families().size() + 1)), board_(config(input.byte())) {
        place_windows();
        if (input_.byte() & 1) sound_.emplace(board_.clock(), board_.chips().sound_sources(), nobody);
    }

    void run() {
        for (unsigned step = 0; step < most_steps && !input_.empty(); ++step) act();
        check_restoring();
    }

private:
    /// Media that go in and out.
    struct Media {
        FuzzFile floppy{std::vector<std::uint8_t>(1440 * 1024, 0xA5)};
        FuzzFile smaller_floppy{std::vector<std::uint8_t>(720 * 1024, 0x3C)};
        FuzzFile cd{std::vector<std::uint8_t>(64 * 2048)};
    };
    static const Media& media() {
        static const Media all;
        return all;
    }

    static MachineConfig config(std::uint8_t choice) {
        static const FuzzFile rom(std::vector<std::uint8_t>(0x1'0000, 0xF4)),
            vga_rom(std::vector<std::uint8_t>(2048)), disk(std::vector<std::uint8_t>(1 << 20, 0x5A));
        MachineConfig config;
        config.memory = 2 << 20;
        config.clock = ClockKind::instructions;
        config.firmware = rom.path();
        config.vga_firmware = vga_rom.path();
        config.discard_writes = true;
        config.floppies = {media().floppy.path(), ""};
        config.drives[0].path = disk.path();
        config.drives[2] = {.path = media().cd.path(), .cdrom = true};
        config.nic = static_cast<NicModel>(choice & 3);
        config.nic_firmware = vga_rom.path();
        return config;
    }

    void configure(unsigned slot, unsigned function, unsigned offset, std::uint32_t value) {
        board_.ports().write(0xCF8, 0x8000'0000 | slot << 11 | function << 8 | offset, 4);
        board_.ports().write(0xCFC, value, 4);
    }

    /// As firmware leaves them.
    void place_windows() {
        configure(1, 1, 0x20, ide_ports);
        configure(1, 3, 0x40, pm_ports);
        configure(1, 3, 0x80, 1);
        configure(1, 3, 0x90, smbus_ports);
        configure(1, 3, 0xD0, 0x0009'0000);
        configure(1, 0, 0x60, 0x0B0A'0B0A);
        configure(2, 0, 0x10, vga_frame_buffer);
        configure(2, 0, 0x18, vga_registers);
        configure(3, 0, 0x10, nic_ports);
        configure(3, 0, 0x14, nic_registers);
        for (const auto& [slot, function] : {std::pair{1U, 1U}, {2U, 0U}, {3U, 0U}})
            configure(slot, function, 0x04, 7);
        board_.memory().write(local_apic + 0xF0, 0x1FF, 4);
        board_.memory().write(local_apic + 0x350, 0x700, 4);
    }

    const Family& family() {
        const std::size_t number = family_ < families().size() ? family_ : input_.byte() % families().size();
        return families()[number];
    }
    unsigned size() { return 1U << input_.byte() % 3; }

    std::uint16_t port() {
        const std::uint8_t choice = input_.byte();
        if (choice == 0xFF) return static_cast<std::uint16_t>(input_.word());
        const auto& ports = family().ports;
        const PortRange& range = ports[choice % ports.size()];
        const auto count = static_cast<unsigned>(range.last - range.first + 1);
        return static_cast<std::uint16_t>(range.first + input_.byte() % count);
    }

    PhysicalAddress address() {
        const std::uint8_t choice = input_.byte();
        const auto& memory = family().memory;
        if (choice == 0xFF || memory.empty()) return input_.word();
        const MemoryRange& range = memory[choice % memory.size()];
        return range.base + input_.word() % range.size;
    }

    /// One of the few places that DMA is likely to be sent to.
    std::uint32_t ram_address() { return 0x1000U + input_.byte() * 8U; }

    /// What is written somewhere: anything, or an address that leads a chip's DMA to RAM or to another chip.
    std::uint32_t value() {
        switch (input_.byte() % 8) {
            case 0: return ram_address();
            case 1: return __builtin_bswap32(ram_address());
            case 2: return static_cast<std::uint32_t>(address());
            default: return input_.word();
        }
    }

    void act() {
        switch (input_.byte() % 22) {
            case 0:
            case 1:
            case 2:
            case 3: {
                const std::uint16_t to = port();
                const unsigned width = size();
                return board_.ports().write(to, value(), width);
            }
            case 4:
            case 5: {
                const std::uint16_t from = port();
                board_.ports().read(from, size());
                return;
            }
            case 6:
            case 7: {
                const PhysicalAddress to = address();
                const unsigned width = 1U << input_.byte() % 4;
                return board_.memory().write(to, std::uint64_t{value()} << 32 | value(), width);
            }
            case 8: {
                const PhysicalAddress from = address();
                board_.memory().read(from, 1U << input_.byte() % 4);
                return;
            }
            case 9: return describe_transfer();
            case 10: return repeat_port();
            case 11: return configure_any();
            case 12: return arrive();
            case 13: return interrupts();
            case 14: return grant_request();
            case 15: return look();
            case 16: return change_media();
            case 17: return board_.chips().pm.acpi().press_power_button();
            case 18: return move_local_apic();
            default: return advance(Nanoseconds{1} << input_.byte() % 31);
        }
    }

    /// Descriptors, commands or whatever else a chip reads from memory.
    void describe_transfer() {
        const PhysicalAddress base = ram_address();
        const unsigned words = 1 + input_.byte() % 4;
        for (unsigned i = 0; i < words; ++i) board_.memory().write(base + 4 * i, value(), 4);
    }

    void look() {
        Framebuffer picture;
        board_.chips().vga.render(picture);
        board_.chips().vga.text_screen();
    }

    void change_media() {
        const std::uint8_t kind = input_.byte();
        const auto tray = kind & 4 ? Drives::Tray::force : Drives::Tray::respect_lock;
        try {
            switch (kind % 4) {
                case 0: return board_.drives().eject("fda", tray);
                case 1: return board_.drives().eject("cdrom", tray);
                case 2: return board_.drives().change("cdrom", media().cd.path(), tray);
                default:
                    return board_.drives().change(
                        "fda", (kind & 8 ? media().floppy : media().smaller_floppy).path(), tray);
            }
        } catch (const std::runtime_error&) {
            return;  // the tray is locked
        }
    }

    /// As WRMSR does.
    void move_local_apic() {
        constexpr std::uint32_t boot_processor = 0x100, flags = 0x900;
        const bool home = input_.byte() % 4 == 0;
        const std::uint32_t base = home ? local_apic | flags : (value() & ~0xFFFU) | (input_.word() & flags);
        board_.chips().local_apic.set_base(base | boot_processor);
    }

    /// String instructions: the same port again and again.
    void repeat_port() {
        const std::uint16_t where = port();
        const unsigned width = size(), count = 1U + input_.byte() * 4U;
        const std::uint32_t value = input_.word();
        for (unsigned i = 0; i < count; ++i) {
            if (value & 1)
                board_.ports().write(where, value >> 1, width);
            else
                board_.ports().read(where, width);
        }
    }

    void configure_any() {
        static constexpr std::array<std::pair<unsigned, unsigned>, 6> places{
            {{0, 0}, {1, 0}, {1, 1}, {1, 3}, {2, 0}, {3, 0}}};
        const auto [slot, function] = places[input_.byte() % places.size()];
        const std::uint8_t offset = input_.byte();
        configure(slot, function, offset & 0xFCU, value());
    }

    void arrive() {
        Chips& chips = board_.chips();
        const std::uint8_t kind = input_.byte();
        switch (kind % 4) {
            case 0:
                chips.keyboard.key(static_cast<Key>(input_.byte() % static_cast<unsigned>(Key::count)),
                                   kind & 4);
                return;
            case 1: chips.mouse.move(input_.byte() - 128, input_.byte() - 128); return;
            case 2: (kind & 4 ? chips.com1 : chips.com2).receive(input_.byte()); return;
            default: return frame(kind);
        }
    }

    void frame(std::uint8_t kind) {
        NetworkCard* card = board_.chips().network_card();
        if (!card) return;
        std::vector<std::uint8_t> bytes(60 + input_.word() % 1455, input_.byte());
        const std::array<std::uint8_t, 6> own{0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
        if (kind & 4) std::ranges::copy(own, bytes.begin());
        if (kind & 8) std::fill_n(bytes.begin(), 6, std::uint8_t{0xFF});
        card->receive(bytes);
    }

    void interrupts() {
        if (board_.processor().cpu().interrupt_line) board_.chips().local_apic.acknowledge();
        if (input_.byte() & 1) board_.memory().write(local_apic + 0xB0, 0, 4);
    }

    void grant_request() {
        const Board::Request request = board_.take_request();
        if (request == Board::Request::reset) board_.reset();
        if (request == Board::Request::reset_processor) board_.reset_processor();
    }

    /// Through the deadlines on the way, as a machine does it; but not for ever where they are too close.
    void advance(Nanoseconds time) {
        Clock& clock = board_.clock();
        const Nanoseconds end = clock.now() + time;
        for (unsigned i = 0; i < most_expiries && clock.next_deadline() <= end; ++i) {
            board_.time().set_now(std::max(clock.now(), clock.next_deadline()));
            clock.run_expired();
        }
        board_.time().set_now(end);
        clock.run_expired();
    }

    using Hashes = std::vector<std::pair<std::string, std::uint64_t>>;
    Hashes hashes() {
        Hashes all;
        board_.chips().for_each([&](std::string_view name, auto& device) {
            all.emplace_back(name, hash_of(typename std::decay_t<decltype(device)>::State(device.state())));
        });
        return all;
    }

    /// A board that is given the states of its chips back is the same board.
    void check_restoring() {
        const Hashes before = hashes();
        std::vector<std::any> states;
        board_.chips().for_each([&](std::string_view, auto& device) {
            states.emplace_back(typename std::decay_t<decltype(device)>::State(device.state()));
        });
        auto next = states.begin();
        board_.chips().for_each([&](std::string_view, auto& device) {
            device.restore(std::any_cast<typename std::decay_t<decltype(device)>::State&>(*next++));
        });
        const Hashes after = hashes();
        for (std::size_t i = 0; i < before.size(); ++i)
            if (before[i] != after[i]) fmt::print(stderr, "{} is not what it was\n", before[i].first);
        if (before != after) std::abort();
    }

    static void nobody(std::int64_t /*first*/, std::span<const std::int16_t> /*samples*/) {}

    Input& input_;
    std::size_t family_;
    Board board_;
    std::optional<SoundOutput> sound_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    Input input({bytes, size});
    BusFuzz(input).run();
    return 0;
}
