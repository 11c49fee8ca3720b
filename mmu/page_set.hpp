// A set of linear pages that is cheap to walk when it is sparse.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

namespace calque {

/// A bit a page below 4 GiB, and above them a bit for every 64 of those.
class PageSet {
public:
    static constexpr std::uint64_t pages = 1ULL << 20;

    void insert(std::uint64_t page) {
        words_[page >> 6] |= bit(page);
        summary_[page >> 12] |= bit(page >> 6);
    }
    bool contains(std::uint64_t page) const { return words_[page >> 6] & bit(page); }

    /// Removes every member of [first, last) after calling `visit` with it.
    template <typename Visit>
    void extract(std::uint64_t first, std::uint64_t last, Visit visit) {
        for_each_word(first, last, [&](std::uint64_t word, std::uint64_t mask) {
            for_each_bit(words_[word] & mask, word << 6, visit);
            words_[word] &= ~mask;
            if (!words_[word]) summary_[word >> 6] &= ~bit(word);
        });
    }

    template <typename Visit>
    void for_each(Visit visit) {
        for_each_word(0, pages, [&](std::uint64_t word, std::uint64_t) {
            for_each_bit(words_[word], word << 6, visit);
        });
    }

private:
    static constexpr std::uint64_t bit(std::uint64_t number) { return 1ULL << (number & 63); }

    template <typename Visit>
    static void for_each_bit(std::uint64_t bits, std::uint64_t base, Visit visit) {
        for (; bits; bits &= bits - 1) visit(base + static_cast<unsigned>(std::countr_zero(bits)));
    }

    /// Calls `visit(word, mask)` for each word that has members and holds pages of [first, last).
    template <typename Visit>
    void for_each_word(std::uint64_t first, std::uint64_t last, Visit visit) {
        const std::uint64_t first_word = first >> 6, last_word = (last + 63) >> 6;
        for (std::uint64_t group = first >> 12; group << 12 < last; ++group) {
            if (!summary_[group]) continue;
            const std::uint64_t words = summary_[group] & mask_of(group, first_word, last_word);
            for_each_bit(words, group << 6,
                         [&](std::uint64_t word) { visit(word, mask_of(word, first, last)); });
        }
    }

    /// Of 64 numbers from 64 * `group` on, those in [first, last).
    static std::uint64_t mask_of(std::uint64_t group, std::uint64_t first, std::uint64_t last) {
        const std::uint64_t base = group << 6;
        const std::uint64_t from = std::max(first, base);
        const std::uint64_t to = std::min(last, base + 64);
        return from < to ? ~0ULL >> (64 - (to - from)) << (from - base) : 0;
    }

    std::vector<std::uint64_t> words_ = std::vector<std::uint64_t>(pages / 64);
    std::vector<std::uint64_t> summary_ = std::vector<std::uint64_t>(pages / 4096);
};

}  // namespace calque
