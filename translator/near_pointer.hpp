// A pointer of four bytes to something less than 2 GiB away.
#pragma once

#include <cassert>
#include <cstdint>

namespace calque {

/// Says how far the target is from the pointer itself.
template <typename T>
class NearPointer {
public:
    NearPointer() = default;
    NearPointer(const NearPointer& same) { *this = same.get(); }
    NearPointer& operator=(const NearPointer& same) { return *this = same.get(); }
    NearPointer& operator=(T* target) {
        const std::intptr_t distance = target ? place_of(target) - place_of(this) : 0;
        distance_ = static_cast<std::int32_t>(distance);
        assert(distance_ == distance);
        return *this;
    }
    ~NearPointer() = default;

    T* get() const { return distance_ ? reinterpret_cast<T*>(place_of(this) + distance_) : nullptr; }
    operator T*() const { return get(); }
    T* operator->() const { return get(); }

private:
    static std::intptr_t place_of(const void* object) { return reinterpret_cast<std::intptr_t>(object); }

    std::int32_t distance_ = 0;
};

}  // namespace calque
