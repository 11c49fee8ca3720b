// Page tables and chips as text.
#include "frontend/monitor/info.hpp"
#include "machine/archive.hpp"
#include "mmu/page_walk.hpp"

#include <fmt/format.h>

namespace calque {
namespace {

constexpr std::uint64_t all_pages = 1ULL << 20;

/// The rights that a walk to a page gives, as QEMU's `info mem` writes them.
std::string rights_of(const PageWalker& walker, const PageWalk& walk) {
    const bool user = walker.allows(walk, user_view, AccessKind::read);
    const bool writable = walker.allows(walk, user ? user_view : supervisor_view, AccessKind::write);
    return fmt::format("{}r{}", user ? 'u' : '-', writable ? 'w' : '-');
}

/// Calls with the linear address of each page that is mapped, and the walk to it.
template <typename Work>
void for_each_page(Board& board, Work work) {
    PageWalker walker(board.memory());
    walker.configure(board.mmu().controls());
    for (std::uint64_t page = 0; page < all_pages; ++page) {
        const LinearAddress linear = page << page_shift;
        const PageWalk walk = walker.find(linear);
        if (walk.end == PageWalk::End::page) {
            work(walker, linear, walk);
            continue;
        }
        const bool no_table = walk.table_at == PageWalk::none;  // then the whole region has none
        if (no_table) page |= (1ULL << (walker.region_shift() - page_shift)) - 1;
    }
}

void check_paging(Board& board) {
    if (!board.mmu().controls().paging) throw std::runtime_error("paging is off");
}

/// Writes each field of a state in a line; equal names that follow one another share it.
class FieldPrinter : public Archive<FieldPrinter> {
public:
    void number(std::string_view name, std::uint64_t& value, unsigned size) {
        begin(name);
        text_ += fmt::format(" {:0{}x}", value, 2 * size);
    }
    void bytes(std::string_view name, std::span<std::uint8_t> bytes) {
        constexpr std::size_t most = 64;
        begin(name);
        text_ += ' ';
        for (const std::uint8_t byte : bytes.first(std::min(bytes.size(), most)))
            text_ += fmt::format("{:02x}", byte);
        if (bytes.size() > most) text_ += fmt::format("... ({} bytes)", bytes.size());
    }
    static std::size_t count(std::string_view, std::size_t present) { return present; }
    std::string text() const { return text_.empty() ? "nothing that changes\n" : text_ + "\n"; }

private:
    void begin(std::string_view name) {
        if (name == last_) return;
        text_ += fmt::format("{}{:<24}", text_.empty() ? "" : "\n", name);
        last_ = name;
    }
    std::string text_, last_;
};

}  // namespace

void each_page_text(Board& board, const Say& say) {
    check_paging(board);
    for_each_page(board, [&](const PageWalker& walker, LinearAddress linear, const PageWalk& walk) {
        const std::uint64_t leaf = walk.leaf();
        say(fmt::format("{:08x}: {:09x} {}{}{}{}\n", linear, walk.page, rights_of(walker, walk),
                        leaf & page_entry::accessed ? 'A' : '-', leaf & page_entry::dirty ? 'D' : '-',
                        walk.large ? 'P' : '-'));
    });
}

void page_ranges_text(Board& board, const Say& say) {
    check_paging(board);
    LinearAddress first = 0, end = 0;
    std::string rights;
    const auto tell = [&] {
        if (end != first) say(fmt::format("{:08x}-{:08x} {:08x} {}\n", first, end - 1, end - first, rights));
    };
    for_each_page(board, [&](const PageWalker& walker, LinearAddress linear, const PageWalk& walk) {
        const std::string here = rights_of(walker, walk);
        if (linear != end || here != rights) {
            tell();
            first = linear;
            rights = here;
        }
        end = linear + page_size;
    });
    tell();
}

std::optional<std::string> device_text(Board& board, std::string_view name) {
    std::optional<std::string> text;
    board.chips().for_each([&](std::string_view each, const auto& device) {
        if (each != name) return;
        auto state = device.state();
        FieldPrinter printer;
        describe(printer, state);
        text = printer.text();
    });
    return text;
}

}  // namespace calque
