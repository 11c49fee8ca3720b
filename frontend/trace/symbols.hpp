// Names for addresses: from an ELF file, or from a list as System.map and /proc/kallsyms are.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace calque::trace {

class Symbols {
public:
    Symbols() = default;
    /// Throws UsageError that names the file.
    explicit Symbols(const std::string& path);
    /// The same from bytes; `name` is for what is wrong with them.
    Symbols(std::span<const std::uint8_t> bytes, const std::string& name);

    struct Found {
        std::string_view name;
        std::uint64_t offset = 0;
    };
    /// The symbol that begins at or last before an address, unless it ended.
    std::optional<Found> find(std::uint64_t address) const;
    /// "name+1f", or nothing.
    std::string text(std::uint64_t address) const;
    std::optional<std::uint64_t> address_of(std::string_view name) const;
    bool empty() const { return symbols_.empty(); }

private:
    struct Symbol {
        std::uint64_t address = 0, size = 0;  ///< 0: up to the next one
        std::string name;
    };
    void read_map(std::string_view text, const std::string& path);
    void read_elf(std::span<const std::uint8_t> bytes, const std::string& path);
    template <bool is_64>
    void read_elf_symbols(std::span<const std::uint8_t> bytes, const std::string& path);

    std::vector<Symbol> symbols_;
};

}  // namespace calque::trace
