// A large array of zeros that costs host memory only where it was touched.
#pragma once

#include <cstddef>
#include <type_traits>

namespace calque {

/// Zeroed, page-aligned, not reserved. Throws std::system_error when the host has no address space.
void* map_zeroed(std::size_t bytes);
void unmap_zeroed(void* memory, std::size_t bytes);

template <typename T>
class ZeroedArray {
    static_assert(std::is_trivially_copyable_v<T>);

public:
    explicit ZeroedArray(std::size_t count)
        : data_(static_cast<T*>(map_zeroed(count * sizeof(T)))), bytes_(count * sizeof(T)) {}
    ~ZeroedArray() { unmap_zeroed(data_, bytes_); }
    ZeroedArray(const ZeroedArray&) = delete;
    ZeroedArray& operator=(const ZeroedArray&) = delete;

    T& operator[](std::size_t index) { return data_[index]; }
    const T& operator[](std::size_t index) const { return data_[index]; }
    T* data() { return data_; }
    const T* data() const { return data_; }

private:
    T* data_;
    std::size_t bytes_;
};

}  // namespace calque
