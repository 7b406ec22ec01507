//! Tables, in a box that scrolls by itself.

use pulldown_cmark::Alignment;

/// Where in a table we are. Tables do not nest.
#[derive(Default)]
pub(super) struct Table {
    alignments: Vec<Alignment>,
    column: usize,
    in_head: bool,
    has_body: bool,
}

impl Table {
    pub(super) fn start(&mut self, html: &mut String, alignments: &[Alignment]) {
        *self = Self {
            alignments: alignments.to_vec(),
            ..Self::default()
        };
        // Focusable and named, because a wide table scrolls and not everyone has a mouse.
        html.push_str(
            "<div class=\"table-scroll\" role=\"group\" aria-label=\"Table\" tabindex=\"0\">\
             <table>\n",
        );
    }

    pub(super) fn start_head(&mut self, html: &mut String) {
        self.in_head = true;
        self.column = 0;
        html.push_str("<thead><tr>");
    }

    pub(super) fn end_head(&mut self, html: &mut String) {
        self.in_head = false;
        html.push_str("</tr></thead>\n");
    }

    pub(super) fn start_row(&mut self, html: &mut String) {
        if !self.has_body {
            self.has_body = true;
            html.push_str("<tbody>\n");
        }
        self.column = 0;
        html.push_str("<tr>");
    }

    pub(super) fn start_cell(&mut self, html: &mut String) {
        html.push_str(if self.in_head {
            "<th scope=\"col\""
        } else {
            "<td"
        });
        html.push_str(match self.alignments.get(self.column) {
            Some(Alignment::Left) => " class=\"align-left\">",
            Some(Alignment::Center) => " class=\"align-center\">",
            Some(Alignment::Right) => " class=\"align-right\">",
            Some(Alignment::None) | None => ">",
        });
        self.column += 1;
    }

    pub(super) fn end_cell(&self, html: &mut String) {
        html.push_str(if self.in_head { "</th>" } else { "</td>" });
    }

    pub(super) fn end(&mut self, html: &mut String) {
        if self.has_body {
            html.push_str("</tbody>\n");
        }
        html.push_str("</table></div>\n");
    }
}
