// A wire: one output of a chip, soldered to at most one input by the board.
#pragma once

#include <functional>
#include <utility>

namespace calque {

class Wire {
public:
    /// Called on every change of level; the sink is told the present level at once.
    void connect(std::function<void(bool)> sink) {
        sink_ = std::move(sink);
        if (sink_) sink_(level_);
    }
    void set(bool level) {
        if (level == level_) return;
        level_ = level;
        if (sink_) sink_(level);
    }
    void pulse() {
        set(true);
        set(false);
    }
    bool level() const { return level_; }

private:
    std::function<void(bool)> sink_;
    bool level_ = false;
};

}  // namespace calque
