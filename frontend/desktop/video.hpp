// SDL's video, initialized for as long as it is needed.
#pragma once

namespace calque {

class Video {
public:
    Video();
    ~Video();
    Video(const Video&) = delete;
    Video& operator=(const Video&) = delete;

    bool works() const { return works_; }
    /// Without a display SDL may come up with a driver that shows nothing.
    bool shows_windows() const;

private:
    bool works_ = false;
};

}  // namespace calque
