// Random page-table edits, CR3 loads and accesses: each access must match a walk of the tables as they are.
#include "tests/mmu/paged_guest.hpp"
#include "tests/mmu/reference_walk.hpp"

#include <doctest/doctest.h>

#include <random>
#include <vector>

namespace calque::test {

namespace {

/// 64 pages of RAM: few enough that tables, directories and data keep meeting in the same pages.
class RandomGuest {
public:
    RandomGuest(bool pae, unsigned seed) : pae_(pae), random_(seed) {
        controls_.paging = true;
        controls_.physical_address_extension = pae;
        new_controls();
        for (int i = 0; i < 2000; ++i) edit();
    }

    void step() {
        const unsigned choice = pick(100);
        if (choice < 25)
            edit();
        else if (choice < 27)
            new_root();
        else if (choice == 27)
            new_controls();
        else if (choice == 28)
            memory_.track(page(), tracks_code);
        else if (choice == 29)
            memory_.untrack(page(), tracks_code);
        else if (choice == 30)
            dma();
        else
            access();
    }

private:
    static constexpr unsigned ram_pages = 64;

    unsigned pick(unsigned count) { return static_cast<unsigned>(random_() % count); }
    PhysicalAddress page() { return PhysicalAddress{pick(ram_pages)} << page_shift; }

    /// Few regions and few pages in each, so that accesses come back; places where entries may be.
    std::uint32_t linear() {
        const std::uint32_t region = (pick(4) << 30) | (pick(3) << 21) | (pick(2) << 22);
        return region | pick(6) << 12 | offset();
    }
    /// The first few entries of a page, or of one of its fourths: where walks come by.
    unsigned offset() { return pick(4) * 1024 + pick(8) * entry_size(); }
    unsigned entry_size() const { return pae_ ? 8 : 4; }
    std::uint64_t entry() {
        std::uint64_t value = page() | p | rw | us;
        for (const std::uint64_t bit : {p, rw, us}) {
            if (pick(8) == 0) value &= ~bit;
        }
        for (const std::uint64_t bit : {a, d, ps}) {
            if (pick(4) == 0) value |= bit;
        }
        if (pae_ && pick(16) == 0) value |= xd;
        if (value & ps && pick(2)) value &= ~0x3f'f000ULL;
        return value;
    }
    PhysicalAddress place() { return page() + offset(); }
    void edit() { memory_.write(place(), entry(), entry_size()); }
    void dma() {
        std::vector<std::uint8_t> bytes(pick(64));
        for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random_());
        memory_.write_bytes(place() & ~PhysicalAddress{3}, bytes);
    }
    void new_root() {
        const PhysicalAddress old = controls_.cr3;
        controls_.cr3 = page();
        if (pick(2)) memory_.write_bytes(controls_.cr3, ram().subspan(old, page_size));
        if (pae_ && pick(2)) return copy_directories();
        for (auto& pdpte : controls_.pdptes) pdpte = pae_ ? page() | (pick(16) ? p : 0) : 0;
        mmu_.set_controls(controls_);
    }
    void copy_directories() {
        for (auto& pdpte : controls_.pdptes) {
            const PhysicalAddress copy = page();
            memory_.write_bytes(copy, ram().subspan(pdpte & ~page_mask, page_size));
            pdpte = copy | p;
        }
        mmu_.set_controls(controls_);
    }
    void new_controls() {
        controls_.write_protect = pick(2);
        controls_.page_size_extensions = pick(2);
        controls_.no_execute = pae_ && pick(2);
        new_root();
    }

    void access() {
        const std::uint32_t address = linear();
        const View view = views[pick(2)];
        const AccessKind kind = kinds[pick(3)];
        const Expected expected = ReferenceWalk(ram(), controls_).access(address, view, kind);
        bool done = false;
        switch (kind) {
            case AccessKind::read: done = read(address, view, expected); break;
            case AccessKind::write: done = write(address, view, expected); break;
            case AccessKind::fetch: done = fetch(address, view, expected); break;
        }
        REQUIRE(done == !expected.error_code);
        if (!done) REQUIRE(mmu_.fault().error_code == *expected.error_code);
    }
    bool read(std::uint32_t address, View view, const Expected& expected) {
        std::uint32_t value = 0;
        const bool done = mmu_.read(address, view, value);
        check_entries(expected);
        if (done) REQUIRE(value == static_cast<std::uint32_t>(memory_.read(expected.physical, 4)));
        return done;
    }
    bool write(std::uint32_t address, View view, const Expected& expected) {
        const std::uint64_t value = entry();
        const bool done = pae_ ? mmu_.write(address, view, value)
                               : mmu_.write(address, view, static_cast<std::uint32_t>(value));
        if (done && expected.physical < ram().size())
            REQUIRE(memory_.read(expected.physical, entry_size()) == (pae_ ? value : value & 0xffff'ffff));
        if (!done || !expected.entries.contains(expected.physical)) check_entries(expected);
        return done;
    }
    bool fetch(std::uint32_t address, View view, const Expected& expected) {
        PhysicalAddress physical = 0;
        const bool done = mmu_.translate_fetch(address, view, physical);
        check_entries(expected);
        if (done) REQUIRE(physical == expected.physical);
        return done;
    }
    void check_entries(const Expected& expected) {
        for (const auto& [at, value] : expected.entries) {
            if (at < ram().size()) REQUIRE(memory_.read(at, entry_size()) == value);
        }
    }
    std::span<const std::uint8_t> ram() const { return {memory_.ram().host, memory_.ram().size}; }

    bool pae_;
    std::mt19937 random_;
    PagingControls controls_;
    PhysicalMemory memory_{ram_pages << page_shift};
    Mmu mmu_{memory_};
};

}  // namespace

TEST_CASE("random walks, 32-bit paging") {
    for (unsigned seed = 0; seed < 20; ++seed) {
        CAPTURE(seed);
        RandomGuest guest(false, seed);
        for (int i = 0; i < 20'000; ++i) guest.step();
    }
}

TEST_CASE("random walks, PAE paging") {
    for (unsigned seed = 0; seed < 20; ++seed) {
        CAPTURE(seed);
        RandomGuest guest(true, seed);
        for (int i = 0; i < 20'000; ++i) guest.step();
    }
}

}  // namespace calque::test
