// An SDL window that shows pictures of any size, scaled to fit.
#pragma once

#include "devices/vga_framebuffer.hpp"
#include "frontend/desktop/picture_layout.hpp"

#include <memory>
#include <string>

struct SDL_Window;
struct SDL_Renderer;
struct SDL_Texture;

namespace calque {

class Window {
public:
    /// Throws std::runtime_error if it cannot be opened.
    Window(const std::string& title, Scaling scaling);

    /// The window follows the first picture of a new size.
    void show(const Framebuffer& picture, bool square_pixels);
    void redraw();
    void set_title(const std::string& title);
    void toggle_full_screen();
    void toggle_scaling();

    void capture_mouse(bool captured);
    bool mouse_captured() const { return mouse_captured_; }

private:
    struct Closer {
        void operator()(SDL_Window* window) const;
        void operator()(SDL_Renderer* renderer) const;
        void operator()(SDL_Texture* texture) const;
    };
    void resize(Size picture, bool square_pixels);
    /// To the size that suits the picture, unless it has been that picture's already: users make windows
    /// larger.
    void follow_picture();

    std::unique_ptr<SDL_Window, Closer> window_;
    std::unique_ptr<SDL_Renderer, Closer> renderer_;
    std::unique_ptr<SDL_Texture, Closer> texture_;
    Scaling scaling_;
    Size picture_;
    Size followed_;  ///< what suited the picture last
    bool square_pixels_ = true;
    bool mouse_captured_ = false;
    bool full_screen_ = false;
};

}  // namespace calque
