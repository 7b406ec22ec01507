//! What was measured, as text: tables in Markdown that are also legible on a terminal. Pure.

use super::bootstrap::RESAMPLES;
use super::measured::{Difference, LOG_LINES, Loss, Report, Shown, ShownHit, Worst};
use super::ranking::Times;
use std::fmt::Write as _;

/// Every figure of related reports, below those of search.
pub(super) fn related(measured: &Report, took: &Times) -> String {
    format!(
        "\nRelated: {} documents, each with those like it\n\n{}{}",
        measured.judged_queries,
        report(measured),
        times(took)
    )
}

/// Every figure of a report.
pub(super) fn report(report: &Report) -> String {
    let mut text = runs(report);
    if !report.differences.is_empty() {
        // Here and below: writing to a string does not fail.
        let _written = write!(
            text,
            "\nnDCG@10 of Hansei less theirs; 95 % of {RESAMPLES} paired resamples lie in the interval:\n\n"
        );
        text.push_str(&differences(&report.differences));
    }
    if !report.misspelt.is_empty() {
        text.push_str("\nnDCG@10 of queries and of the same ones misspelt:\n\n");
        text.push_str(&losses(&report.misspelt));
    }
    text
}

fn runs(report: &Report) -> String {
    let kinds = || report.runs.iter().take(1).flat_map(|line| &line.types);
    let has_log_lines = kinds().any(|(kind, _)| kind == LOG_LINES);
    let mut head = row(&["run", "nDCG@10", "R@10", "MRR@10", "J@10"]);
    head.extend(kinds().map(|(kind, of)| format!("{kind} ({})", of.queries)));
    if has_log_lines {
        head.push(format!("{LOG_LINES} MRR"));
    }
    let mut rows = vec![head];
    for line in &report.runs {
        let figures = [line.ndcg, line.recall, line.mrr, line.judged];
        let mut row = vec![line.run.clone()];
        row.extend(figures.map(|figure| format!("{figure:.4}")));
        row.extend(line.types.values().map(|of| format!("{:.3}", of.ndcg)));
        let log_lines = line.types.get(LOG_LINES);
        row.extend(log_lines.map(|of| format!("{:.3}", of.mrr)));
        rows.push(row);
    }
    grid(&rows)
}

fn differences(differences: &[Difference]) -> String {
    let mut rows = vec![row(&[
        "against",
        "queries",
        "n",
        "gain",
        "95 % interval",
        "",
    ])];
    for it in differences {
        let verdict = if it.gain.low > 0.0 {
            "better"
        } else if it.gain.high < 0.0 {
            "worse"
        } else {
            ""
        };
        rows.push(vec![
            it.against.clone(),
            it.kind.clone().unwrap_or_else(|| "all".to_owned()),
            it.queries.to_string(),
            format!("{:+.3}", it.gain.mean),
            format!("[{:+.3}, {:+.3}]", it.gain.low, it.gain.high),
            verdict.to_owned(),
        ]);
    }
    grid(&rows)
}

fn losses(losses: &[Loss]) -> String {
    let mut rows = vec![row(&[
        "run",
        "n",
        "well spelt",
        "misspelt",
        "loss",
        "95 % interval",
    ])];
    for it in losses {
        rows.push(vec![
            it.run.clone(),
            it.queries.to_string(),
            format!("{:.3}", it.well_spelt),
            format!("{:.3}", it.misspelt),
            format!("{:+.3}", it.less.mean),
            format!("[{:+.3}, {:+.3}]", it.less.low, it.less.high),
        ]);
    }
    grid(&rows)
}

/// How long it took.
pub(super) fn times(times: &Times) -> String {
    let Times {
        searches,
        p50_ms,
        p99_ms,
    } = times;
    format!(
        "\n{searches} searches one after the other, on this machine in this run: p50 {p50_ms:.1} ms, p99 {p99_ms:.1} ms\n"
    )
}

/// One query with what was found and what was not.
pub(super) fn shown(shown: &Shown) -> String {
    let ndcg = shown.ndcg.map_or_else(
        || "nothing is judged relevant for it".to_owned(),
        |ndcg| format!("nDCG@10 {ndcg:.3}"),
    );
    let mut text = format!(
        "{}  {}  {}\n{ndcg}\n\n",
        plain(&shown.query),
        plain(&shown.kind),
        plain(&shown.text)
    );
    if shown.hits.is_empty() {
        text.push_str("Nothing was found.\n");
    }
    for hit in &shown.hits {
        text.push_str(&line(hit));
    }
    if !shown.missed.is_empty() {
        text.push_str("\nRelevant, and not among them:\n\n");
    }
    for hit in &shown.missed {
        text.push_str(&line(hit));
    }
    text
}

fn line(hit: &ShownHit) -> String {
    let or_none = |number: Option<String>| number.unwrap_or_else(|| "–".to_owned());
    let rank = or_none(hit.rank.map(|rank| rank.to_string()));
    let grade = or_none(hit.grade.map(|grade| grade.to_string()));
    let (title, document) = (plain(&hit.title), plain(&hit.document));
    format!("{rank:>3}  grade {grade}  {title}\n              {document}\n")
}

/// Queries that others answer better.
pub(super) fn worst(worst: &Worst) -> String {
    let against = &worst.against;
    if worst.queries.is_empty() {
        return format!("\nNo query is answered better by {against}.\n");
    }
    let mut rows = vec![row(&["query", "type", "ours", "theirs", "asked"])];
    for it in &worst.queries {
        rows.push(vec![
            it.query.clone(),
            it.kind.clone(),
            format!("{:.3}", it.ours),
            format!("{:.3}", it.theirs),
            it.text.split_whitespace().collect::<Vec<_>>().join(" "),
        ]);
    }
    let table = grid(&rows);
    format!("\nWhere {against}, the best of the others, gains most:\n\n{table}")
}

/// What others wrote, without what would steer a terminal.
fn plain(text: &str) -> String {
    let harmless = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(harmless).collect()
}

fn row(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

/// A table in Markdown, its columns as wide as what is in them. The first row is the head.
fn grid(rows: &[Vec<String>]) -> String {
    let rows: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let cells = row.iter();
            cells.map(|cell| plain(cell).replace('|', "\\|")).collect()
        })
        .collect();
    let columns = rows.first().map_or(0, Vec::len);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        for (cell, width) in row.iter().zip(&widths) {
            let _written = write!(text, "| {cell:width$} ");
        }
        text.push_str("|\n");
        if index == 0 {
            for width in &widths {
                let _written = write!(text, "|{}", "-".repeat(width + 2));
            }
            text.push_str("|\n");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_printed_steers_the_terminal() {
        let shown_hit = ShownHit {
            rank: None,
            grade: Some(3),
            document: "a\u{1b}b".to_owned(),
            title: "A\u{1b}[2Jtitle".to_owned(),
        };
        assert_eq!(
            line(&shown_hit),
            "  –  grade 3  A [2Jtitle\n              a b\n"
        );
        assert_eq!(grid(&[row(&["a\nb\tc"])]), "| a b c |\n|-------|\n");
    }

    #[test]
    fn a_table_is_as_wide_as_its_words_and_holds_any_of_them() {
        let rows = [
            row(&["run", "n"]),
            row(&["a|b", "1"]),
            row(&["証明書", "200"]),
        ];
        assert_eq!(
            grid(&rows),
            "| run  | n   |\n|------|-----|\n| a\\|b | 1   |\n| 証明書  | 200 |\n"
        );
        assert_eq!(grid(&[]), "");
    }
}
