//! Contributing factors as fields of a row, and back. Pure.

use super::{Aside, Odd, Ticked, cell, length};
use crate::reports::model::{FactorRole, FactorUse, MAX_NAME_CHARS, MAX_ROWS};

/// The fields of all factors, a list for each.
#[derive(Clone, Debug, Default)]
pub(in crate::reports::pages) struct FactorFields {
    pub(in crate::reports::pages) row: Vec<String>,
    pub(in crate::reports::pages) name: Vec<String>,
    pub(in crate::reports::pages) role: Vec<String>,
    pub(in crate::reports::pages) note: Vec<String>,
    pub(in crate::reports::pages) removed: Vec<String>,
}

impl FactorFields {
    /// The fields as they would be sent if nobody changed anything.
    pub(super) fn of(factors: &[FactorUse]) -> Self {
        let mut fields = Self::default();
        for (index, factor) in factors.iter().enumerate() {
            fields.row.push(index.to_string());
            fields.name.push(factor.name.clone());
            fields.role.push(factor.role.word().to_owned());
            fields.note.push(factor.note.clone());
        }
        fields
    }

    /// The factors, without empty rows and those that are to go.
    pub(super) fn read(&self, aside: &mut Aside) -> Vec<FactorUse> {
        let removed = Ticked::of(&self.removed);
        let mut factors: Vec<FactorUse> = Vec::new();
        for row in 0..length(&[&self.row, &self.name, &self.note]) {
            let (name, note) = (cell(&self.name, row).trim(), cell(&self.note, row));
            let is_empty = name.is_empty() && note.trim().is_empty();
            if is_empty || removed.has(&self.row, row) {
                continue;
            }
            if factors.len() >= MAX_ROWS {
                aside.keep(&[name, note]);
                continue;
            }
            let mut odd = |message: String| {
                aside
                    .odd
                    .push(Odd::new("factor-name", factors.len(), name, message));
            };
            if name.is_empty() {
                odd("Give the factor a name; the note stays below it.".to_owned());
            } else if name.chars().count() > MAX_NAME_CHARS {
                odd(format!(
                    "A factor's name has at most {MAX_NAME_CHARS} characters; the note has room for more."
                ));
            }
            aside.rows.push(row);
            factors.push(FactorUse {
                name: if name.is_empty() { "…" } else { name }.to_owned(),
                role: FactorRole::parse(cell(&self.role, row)).unwrap_or(FactorRole::Contributed),
                note: note.to_owned(),
            });
        }
        factors
    }
}
