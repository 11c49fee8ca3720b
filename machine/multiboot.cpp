// Booting a Multiboot image: names and rules are those of the "Multiboot Specification", version 0.6.96.
#include "machine/multiboot.hpp"

#include "roms/boot_rom.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace calque {

namespace {

constexpr std::uint32_t header_magic = 0x1bad'b002;
constexpr std::uint32_t has_address_fields = 1U << 16;
// Page-aligned modules, memory information and a preferred video mode (which a loader may ignore) are known.
constexpr std::uint32_t unknown_requirements = 0xfff8;

constexpr std::uint32_t lowest_image = 0x1000;  // above the interrupt vectors and the BIOS data area
constexpr std::uint32_t low_end = 0x9'f000;
constexpr std::uint32_t usual_information_address = 0x1'0000;
constexpr std::uint32_t boot_stack_size = 1024;     // behind the information
constexpr std::uint32_t most_information = 0xf000;  // with the stack, less than a segment

/// The image as it stands in memory, its zeroed end included.
struct Layout {
    std::uint64_t address = 0;
    std::uint32_t entry = 0;
    std::vector<std::uint8_t> bytes;

    std::uint64_t end() const { return address + bytes.size(); }
};

std::optional<std::size_t> find_header(const BootImage& image) {
    constexpr std::size_t header_size = 12;
    const auto limit = std::min<std::size_t>(image.size(), 8192);
    for (std::size_t at = 0; at + header_size <= limit; at += 4) {
        const auto magic = image.read<std::uint32_t>(at);
        const auto sum = magic + image.read<std::uint32_t>(at + 4) + image.read<std::uint32_t>(at + 8);
        if (magic == header_magic && sum == 0) {
            return at;
        }
    }
    return std::nullopt;
}

void require_memory(const BootRequest& request, std::uint64_t from, std::uint64_t end) {
    constexpr std::uint64_t high_start = 0x10'0000;
    const bool in_low_memory = from >= lowest_image && end <= low_end;
    if (from < high_start && !in_low_memory) {
        request.kernel.fail("loads over the firmware's memory");
    }
    if (from > end || end > boot_memory_end(request.ram_bytes)) {
        request.kernel.fail(fmt::format("does not fit into {} MiB of memory", request.ram_bytes >> 20));
    }
}

/// The layout that the header's address fields describe.
Layout layout_by_header(const BootRequest& request, std::size_t header) {
    const auto& image = request.kernel;
    const auto field = [&](std::size_t offset) { return image.read<std::uint32_t>(header + offset); };
    const auto header_address = field(12);
    const auto load = field(16);
    const auto load_end = field(20);
    const auto bss_end = field(24);
    if (header_address < load || header_address - load > header) {
        image.fail("its load address is wrong");
    }
    const auto offset = header - (header_address - load);
    const std::uint64_t size = load_end ? std::uint64_t{load_end} - load : image.size() - offset;
    const auto content = image.slice(offset, size);
    const auto end = std::max<std::uint64_t>(load + size, bss_end);
    require_memory(request, load, end);

    Layout layout{load, field(28), {content.begin(), content.end()}};
    layout.bytes.resize(end - load);
    return layout;
}

/// One loadable segment of an ELF file.
struct Segment {
    std::uint64_t offset, address, file_size, memory_size;
};

std::vector<Segment> load_segments(const BootImage& image) {
    constexpr std::uint32_t type_load = 1;
    const std::uint64_t table = image.read<std::uint32_t>(28);
    const std::uint64_t entry_size = image.read<std::uint16_t>(42);
    const std::uint64_t count = image.read<std::uint16_t>(44);
    std::vector<Segment> segments;
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto at = table + i * entry_size;
        const auto field = [&](std::size_t offset) { return image.read<std::uint32_t>(at + offset); };
        if (field(0) == type_load && field(20) != 0) {
            segments.push_back({field(4), field(12), std::min(field(16), field(20)), field(20)});
        }
    }
    return segments;
}

Layout layout_elf(const BootRequest& request) {
    const auto& image = request.kernel;
    constexpr std::uint32_t elf_magic = 0x464c'457f;
    constexpr std::uint8_t class_32 = 1;
    if (image.read<std::uint32_t>(0) != elf_magic) {
        image.fail("neither address fields nor an ELF header");
    }
    if (image.read<std::uint8_t>(4) != class_32) {
        image.fail("a 64-bit ELF image; Multiboot loads 32-bit ones");
    }
    const auto segments = load_segments(image);
    if (segments.empty()) {
        image.fail("nothing to load in its program headers");
    }

    std::uint64_t low = segments.front().address;
    std::uint64_t end = 0;
    for (const auto& segment : segments) {
        low = std::min(low, segment.address);
        end = std::max(end, segment.address + segment.memory_size);
    }
    require_memory(request, low, end);
    Layout layout{low, image.read<std::uint32_t>(24), std::vector<std::uint8_t>(end - low)};
    for (const auto& segment : segments) {
        const auto content = image.slice(segment.offset, segment.file_size);
        std::ranges::copy(content, layout.bytes.begin() + static_cast<std::ptrdiff_t>(segment.address - low));
    }
    return layout;
}

Layout lay_out(const BootRequest& request) {
    const auto header = find_header(request.kernel);
    if (!header) {
        request.kernel.fail("not a Multiboot image");
    }
    const auto flags = request.kernel.read<std::uint32_t>(*header + 4);
    if (flags & unknown_requirements) {
        request.kernel.fail(fmt::format("its Multiboot header requires unknown features ({:x}h)", flags));
    }
    return flags & has_address_fields ? layout_by_header(request, *header) : layout_elf(request);
}

/// Where `size` bytes and the boot stack keep clear of the image.
std::uint32_t place_information(const BootRequest& request, const Layout& layout, std::uint64_t size) {
    if (size > most_information) {
        request.kernel.fail("the command line is too long");
    }
    const auto room = size + boot_stack_size;
    if (layout.end() <= usual_information_address || layout.address >= usual_information_address + room) {
        return usual_information_address;
    }
    const auto behind = (layout.end() + 15) / 16 * 16;
    if (behind + room > low_end) {
        request.kernel.fail("leaves no room in low memory for the Multiboot information");
    }
    return static_cast<std::uint32_t>(behind);
}

/// The information structure, followed by the memory map's room, the module's entry and the strings.
class Information {
public:
    Information() : bytes_(strings_offset) {
        put(flags_field, memory | command_line | modules | memory_map | loader_name);
        refer(mmap_field, map_offset);
    }

    void set_command_line(std::string_view text) { refer(command_line_field, append(text)); }
    void set_loader_name(std::string_view text) { refer(loader_name_field, append(text)); }
    void add_module(std::uint32_t start, std::size_t size, std::string_view name) {
        put(module_count_field, 1);
        refer(module_list_field, module_offset);
        put(module_offset, start);
        put(module_offset + 4, static_cast<std::uint32_t>(start + size));
        refer(module_offset + 8, append(name));
    }
    std::size_t size() const { return bytes_.size(); }
    /// The bytes as they stand at an address.
    std::span<const std::uint8_t> placed_at(std::uint32_t address) {
        for (const auto& [field, offset] : std::exchange(references_, {})) {
            put(field, address + offset);
        }
        return bytes_;
    }

private:
    enum Flag : std::uint32_t {
        memory = 1,
        command_line = 4,
        modules = 8,
        memory_map = 64,
        loader_name = 512
    };
    enum Field : std::size_t {
        flags_field = 0,
        command_line_field = 16,
        module_count_field = 20,
        module_list_field = 24,
        mmap_field = 48,
        loader_name_field = 64,
        module_offset = 128,
        map_offset = 144,
        strings_offset = map_offset + 65 * 24,  // 64 entries and the one under construction
    };

    void put(std::size_t offset, std::uint32_t value) {
        for (std::size_t i = 0; i < 4; ++i) {
            bytes_[offset + i] = static_cast<std::uint8_t>(value >> (8 * i));
        }
    }

    /// A field that holds the address of something in the structure.
    void refer(std::size_t field, std::uint32_t offset) { references_.emplace_back(field, offset); }

    /// Adds a string; returns its offset.
    std::uint32_t append(std::string_view text) {
        const auto offset = static_cast<std::uint32_t>(bytes_.size());
        const auto string = c_string(text);
        bytes_.insert(bytes_.end(), string.begin(), string.end());
        return offset;
    }

    std::vector<std::uint8_t> bytes_;
    std::vector<std::pair<std::size_t, std::uint32_t>> references_;
};

}  // namespace

bool is_multiboot(const BootImage& image) { return find_header(image).has_value(); }

BootItems prepare_multiboot(const BootRequest& request) {
    const auto layout = lay_out(request);
    const auto& append = request.command_line;
    Information information;
    information.set_command_line(append.empty() ? request.kernel.name()
                                                : request.kernel.name() + " " + append);
    information.set_loader_name("Calque");

    BootItems boot{.rom_file = "genroms/multiboot.bin", .rom = multiboot_boot_rom(), .items = {}};
    std::uint32_t module_at = 0;
    if (request.initrd.size() != 0) {
        module_at = place_high(request, std::max<std::uint64_t>(layout.end(), 1 << 20),
                               boot_memory_end(request.ram_bytes));
        information.add_module(module_at, request.initrd.size(), request.initrd.name());
    }
    const auto information_address = place_information(request, layout, information.size());
    boot.add_part(setup_part, information_address, information.placed_at(information_address));
    boot.add_part(kernel_part, static_cast<std::uint32_t>(layout.address), layout.bytes);
    boot.add_part(initrd_part, module_at, request.initrd.bytes());
    boot.add_number(kernel_entry_item, layout.entry);
    return boot;
}

}  // namespace calque
