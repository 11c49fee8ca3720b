// Former page-table pages whose stores are still tracked.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace calque {

/// A queue of physical pages without duplicates. Address spaces come back soon, so their tables stay tracked
/// for a while; the oldest are let go of a few at a time.
class IdleTables {
public:
    void push(std::uint64_t page_number) {
        if (queued_[page_number]) return;
        queued_[page_number] = true;
        queue_.push_back(page_number);
    }
    std::optional<std::uint64_t> pop() {
        if (queue_.empty()) return std::nullopt;
        const std::uint64_t page_number = queue_.front();
        queue_.pop_front();
        queued_[page_number] = false;
        return page_number;
    }

private:
    std::deque<std::uint64_t> queue_;
    std::vector<bool> queued_ = std::vector<bool>(1 << 20);
};

}  // namespace calque
