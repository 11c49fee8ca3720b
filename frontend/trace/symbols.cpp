// Readers of symbol tables.
#include "frontend/trace/symbols.hpp"

#include "frontend/usage_error.hpp"
#include "machine/file_bytes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstring>
#include <elf.h>
#include <type_traits>

namespace calque::trace {
namespace {

/// A symbol without a size reaches so far at most: behind a kernel's text there are no names.
constexpr std::uint64_t longest = 1U << 20;

std::string_view next_word(std::string_view& line) {
    const std::size_t start = std::min(line.find_first_not_of(" \t\r"), line.size());
    const std::size_t end = std::min(line.find_first_of(" \t\r", start), line.size());
    const std::string_view word = line.substr(start, end - start);
    line.remove_prefix(end);
    return word;
}

template <typename T>
T at(std::span<const std::uint8_t> bytes, std::uint64_t offset, const std::string& path) {
    if (offset > bytes.size() || bytes.size() - offset < sizeof(T))
        throw UsageError(fmt::format("{}: is a damaged ELF file", path));
    T value;
    std::memcpy(&value, bytes.data() + offset, sizeof(T));
    return value;
}

}  // namespace

Symbols::Symbols(const std::string& path) : Symbols(read_file(path), path) {}

Symbols::Symbols(std::span<const std::uint8_t> bytes, const std::string& name) {
    if (bytes.size() >= 4 && std::memcmp(bytes.data(), ELFMAG, SELFMAG) == 0)
        read_elf(bytes, name);
    else
        read_map({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, name);
    if (symbols_.empty()) throw UsageError(fmt::format("{}: holds no symbols", name));
    std::ranges::stable_sort(symbols_, {}, &Symbol::address);
}

/// Lines of address, type and name. What has no address there (kallsyms without the right) has none.
void Symbols::read_map(std::string_view text, const std::string& path) {
    for (unsigned number = 1; !text.empty(); ++number) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const std::string_view address = next_word(line), type = next_word(line), name = next_word(line);
        if (address.empty()) continue;
        Symbol symbol;
        const auto [end, error] =
            std::from_chars(address.data(), address.data() + address.size(), symbol.address, 16);
        if (error != std::errc{} || end != address.data() + address.size() || type.size() != 1 ||
            name.empty())
            throw UsageError(
                fmt::format("{}:{}: is neither an ELF file nor a list of symbols", path, number));
        const bool is_absolute = type == "a" || type == "A";
        if (symbol.address == 0 || is_absolute) continue;
        symbol.name = name;
        symbols_.push_back(std::move(symbol));
    }
}

template <bool is_64>
void Symbols::read_elf_symbols(std::span<const std::uint8_t> bytes, const std::string& path) {
    using Header = std::conditional_t<is_64, Elf64_Ehdr, Elf32_Ehdr>;
    using Section = std::conditional_t<is_64, Elf64_Shdr, Elf32_Shdr>;
    using Entry = std::conditional_t<is_64, Elf64_Sym, Elf32_Sym>;
    const auto header = at<Header>(bytes, 0, path);
    const auto section = [&](std::uint64_t number) {
        return at<Section>(bytes, header.e_shoff + number * sizeof(Section), path);
    };
    for (unsigned i = 0; i < header.e_shnum; ++i) {
        const Section table = section(i);
        if (table.sh_type != SHT_SYMTAB && table.sh_type != SHT_DYNSYM) continue;
        const Section names = section(table.sh_link);
        for (std::uint64_t offset = 0; offset + sizeof(Entry) <= table.sh_size; offset += sizeof(Entry)) {
            const auto entry = at<Entry>(bytes, table.sh_offset + offset, path);
            const unsigned type = entry.st_info & 0xfU;
            if (entry.st_shndx == SHN_UNDEF || (type != STT_FUNC && type != STT_OBJECT && type != STT_NOTYPE))
                continue;
            std::string name;
            for (std::uint64_t place = names.sh_offset + entry.st_name;; ++place) {
                const char letter = at<char>(bytes, place, path);
                if (letter == '\0') break;
                name += letter;
            }
            if (!name.empty() && name[0] != '$')
                symbols_.push_back({entry.st_value, entry.st_size, std::move(name)});
        }
    }
}

void Symbols::read_elf(std::span<const std::uint8_t> bytes, const std::string& path) {
    if (at<std::uint8_t>(bytes, EI_CLASS, path) == ELFCLASS64)
        read_elf_symbols<true>(bytes, path);
    else
        read_elf_symbols<false>(bytes, path);
}

std::optional<Symbols::Found> Symbols::find(std::uint64_t address) const {
    auto behind = std::ranges::upper_bound(symbols_, address, {}, &Symbol::address);
    if (behind == symbols_.begin()) return std::nullopt;
    const Symbol& symbol = *--behind;
    const std::uint64_t offset = address - symbol.address;
    if (offset >= (symbol.size ? symbol.size : longest)) return std::nullopt;
    return Found{symbol.name, offset};
}

std::string Symbols::text(std::uint64_t address) const {
    const auto found = find(address);
    if (!found) return {};
    return found->offset ? fmt::format("{}+{:x}", found->name, found->offset) : std::string(found->name);
}

std::optional<std::uint64_t> Symbols::address_of(std::string_view name) const {
    const auto found = std::ranges::find(symbols_, name, &Symbol::name);
    if (found == symbols_.end()) return std::nullopt;
    return found->address;
}

}  // namespace calque::trace
