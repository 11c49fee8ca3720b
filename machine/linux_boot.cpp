// Booting a Linux bzImage: field names and rules are those of the kernel's "The Linux/x86 Boot Protocol".
#include "machine/linux_boot.hpp"

#include "roms/boot_rom.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace calque {

namespace {

// Where the parts go: the set-up code with its heap up to the command line, all below the EBDA.
constexpr std::uint32_t setup_address = 0x1'0000;
constexpr std::uint32_t heap_end = 0xe000;
constexpr std::uint32_t command_line_address = 0x2'0000;
constexpr std::uint32_t kernel_address = 0x10'0000;

constexpr std::uint8_t undefined_loader = 0xff;
constexpr std::uint8_t loaded_high = 0x01;
constexpr std::uint8_t can_use_heap = 0x80;

// Offsets of the header's fields.
enum Field : std::size_t {
    setup_sects = 0x1f1,
    syssize = 0x1f4,
    vid_mode = 0x1fa,
    header_magic = 0x202,
    version = 0x206,
    type_of_loader = 0x210,
    loadflags = 0x211,
    ramdisk_image = 0x218,
    ramdisk_size = 0x21c,
    heap_end_ptr = 0x224,
    cmd_line_ptr = 0x228,
    initrd_addr_max = 0x22c,
    cmdline_size = 0x238,
    pref_address = 0x258,
    init_size = 0x260,
};

/// The header of a bzImage with what older protocols leave out filled in.
struct Header {
    std::size_t setup_bytes;
    std::size_t command_line_max;
    std::uint64_t initrd_end;
    std::uint64_t kernel_end;
};

void require_bzimage(const BootImage& kernel) {
    constexpr std::uint32_t magic = 0x5372'6448;  // "HdrS"
    constexpr std::size_t smallest = 0x264;
    if (kernel.size() < smallest || kernel.read<std::uint32_t>(header_magic) != magic) {
        kernel.fail("neither a Linux bzImage nor a Multiboot image");
    }
    if (kernel.read<std::uint16_t>(version) < 0x203) {
        kernel.fail("its boot protocol is older than 2.03");
    }
    if (!(kernel.read<std::uint8_t>(loadflags) & loaded_high)) {
        kernel.fail("a zImage; only bzImages boot");
    }
}

/// Size of the set-up code: 0 sectors mean 4, and the boot sector comes on top.
std::size_t setup_size(const BootImage& kernel) {
    const std::size_t sectors = kernel.read<std::uint8_t>(setup_sects);
    return ((sectors ? sectors : 4) + 1) * 512;
}

/// The first address behind what the kernel needs while it unpacks itself.
std::uint64_t kernel_end(const BootImage& kernel, std::uint64_t loaded_size) {
    const auto loaded_end = kernel_address + loaded_size;
    if (kernel.read<std::uint16_t>(version) < 0x20a) {
        return loaded_end;
    }
    const auto preferred = kernel.read<std::uint64_t>(pref_address);
    return std::max(loaded_end, preferred + kernel.read<std::uint32_t>(init_size));
}

void require_whole(const BootImage& kernel, std::size_t setup_bytes) {
    constexpr std::uint64_t paragraph = 16;
    const std::uint64_t needed = kernel.read<std::uint32_t>(syssize) * paragraph;
    const std::uint64_t rounding = std::min(needed, paragraph - 1);
    kernel.slice(setup_bytes, needed - rounding);
}

Header read_header(const BootImage& kernel) {
    require_bzimage(kernel);
    Header header{};
    header.setup_bytes = setup_size(kernel);
    require_whole(kernel, header.setup_bytes);
    header.command_line_max =
        kernel.read<std::uint16_t>(version) < 0x206 ? 255 : kernel.read<std::uint32_t>(cmdline_size);
    header.initrd_end = std::uint64_t{kernel.read<std::uint32_t>(initrd_addr_max)} + 1;
    header.kernel_end = kernel_end(kernel, kernel.size() - header.setup_bytes);
    return header;
}

/// The last `vga=` word of a command line.
std::optional<std::string_view> vga_word(std::string_view line) {
    constexpr std::string_view key = "vga=";
    std::optional<std::string_view> found;
    while (!line.empty()) {
        const auto word = line.substr(0, line.find(' '));
        if (word.starts_with(key)) {
            found = word.substr(key.size());
        }
        line.remove_prefix(std::min(line.size(), word.size() + 1));
    }
    return found;
}

/// A number in C notation of 16 bits.
std::optional<std::uint16_t> c_number(std::string_view text) {
    int base = 10;
    if (text.starts_with("0x") || text.starts_with("0X")) {
        base = 16;
        text.remove_prefix(2);
    } else if (text.size() > 1 && text.front() == '0') {
        base = 8;
        text.remove_prefix(1);
    }
    std::uint16_t value = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value, base);
    return error == std::errc{} && stop == end ? std::optional(value) : std::nullopt;
}

/// The set-up code takes the mode from its header only; parsing `vga=` is the loader's work.
std::optional<std::uint16_t> video_mode(const BootRequest& request) {
    const auto word = vga_word(request.command_line);
    if (!word) {
        return std::nullopt;
    }
    if (*word == "normal") {
        return 0xffff;
    }
    if (*word == "ext") {
        return 0xfffe;
    }
    if (*word == "ask") {
        return 0xfffd;
    }
    const auto number = c_number(*word);
    if (!number) {
        request.kernel.fail(fmt::format("\"vga={}\" names no video mode", *word));
    }
    return number;
}

/// A copy of the set-up code whose header can be filled in.
class SetupCode {
public:
    explicit SetupCode(std::span<const std::uint8_t> bytes) : bytes_(bytes.begin(), bytes.end()) {}

    template <std::unsigned_integral T>
    void put(Field field, T value) {
        for (std::size_t i = 0; i < sizeof(T); ++i) {
            bytes_[field + i] = static_cast<std::uint8_t>(value >> (8 * i));
        }
    }
    std::span<const std::uint8_t> bytes() const { return bytes_; }

private:
    std::vector<std::uint8_t> bytes_;
};

SetupCode fill_header(const BootRequest& request, const Header& header, std::uint32_t initrd_address) {
    const auto& kernel = request.kernel;
    SetupCode setup{kernel.slice(0, header.setup_bytes)};
    setup.put(type_of_loader, undefined_loader);
    setup.put(loadflags, static_cast<std::uint8_t>(kernel.read<std::uint8_t>(loadflags) | can_use_heap));
    setup.put(heap_end_ptr, static_cast<std::uint16_t>(heap_end - 0x200));
    setup.put(cmd_line_ptr, command_line_address);
    setup.put(ramdisk_image, initrd_address);
    setup.put(ramdisk_size, static_cast<std::uint32_t>(request.initrd.size()));
    if (const auto mode = video_mode(request)) {
        setup.put(vid_mode, *mode);
    }
    return setup;
}

void require_room(const BootRequest& request, const Header& header) {
    const auto& kernel = request.kernel;
    if (request.command_line.size() > header.command_line_max) {
        kernel.fail(fmt::format("takes {} characters of command line, not {}", header.command_line_max,
                                request.command_line.size()));
    }
    if (header.setup_bytes > heap_end) {
        kernel.fail("its set-up code is too large");
    }
    if (header.kernel_end > boot_memory_end(request.ram_bytes)) {
        kernel.fail(fmt::format("does not fit into {} MiB of memory", request.ram_bytes >> 20));
    }
}

std::uint32_t initrd_address(const BootRequest& request, const Header& header) {
    if (request.initrd.size() == 0) {
        return 0;
    }
    return place_high(request, header.kernel_end,
                      std::min(header.initrd_end, boot_memory_end(request.ram_bytes)));
}

}  // namespace

BootItems prepare_linux_boot(const BootRequest& request) {
    const auto header = read_header(request.kernel);
    require_room(request, header);
    const auto initrd_at = initrd_address(request, header);
    const auto setup = fill_header(request, header, initrd_at);
    const auto command_line = c_string(request.command_line);
    const auto protected_part = request.kernel.bytes().subspan(header.setup_bytes);

    BootItems boot{.rom_file = "genroms/linuxboot.bin", .rom = linux_boot_rom(), .items = {}};
    boot.add_part(setup_part, setup_address, setup.bytes());
    boot.add_part(command_line_part, command_line_address, command_line);
    boot.add_part(kernel_part, kernel_address, protected_part);
    boot.add_part(initrd_part, initrd_at, request.initrd.bytes());
    return boot;
}

}  // namespace calque
