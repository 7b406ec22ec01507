//! What the texts of one page may cost together.

/// Sanitising takes some microseconds an event.
const MAX_EVENTS: usize = 30_000;
/// More headings are no outline; the rest are shown as paragraphs.
const MAX_HEADINGS: usize = 500;
/// More HTML than this is never made for one page.
pub(super) const MAX_OUTPUT_BYTES: usize = 1024 * 1024;
/// Reading back an escaped character takes the sanitiser some two microseconds, far longer than
/// any other; a quarter mebibyte of `&` would take more than half a second.
const MAX_ESCAPES: usize = 32 * 1024;

/// What is left for the texts of a page: whichever part is used up, the next text is cut there.
///
/// Make one for a page and give it to every [`render_within`](super::render_within) and
/// [`render_inline_within`](super::render_inline_within) for it.
#[derive(Clone, Debug)]
pub struct Budget {
    pub(super) events: usize,
    pub(super) headings: usize,
    pub(super) bytes: usize,
    pub(super) escapes: usize,
}

impl Budget {
    /// Enough for any report that people read.
    pub const fn of_page() -> Self {
        Self {
            events: MAX_EVENTS,
            headings: MAX_HEADINGS,
            bytes: MAX_OUTPUT_BYTES,
            escapes: MAX_ESCAPES,
        }
    }

    /// Takes what was written off.
    pub(super) const fn spend(&mut self, events: usize, bytes: usize) {
        self.events = self.events.saturating_sub(events);
        self.bytes = self.bytes.saturating_sub(bytes);
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::of_page()
    }
}
