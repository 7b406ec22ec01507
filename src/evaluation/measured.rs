//! Rankings of the same topics held against what was judged, and against each other. Pure.

use super::bootstrap::Interval;
use super::metrics::{DEPTH, Grades, Score};
use super::runs::{Judgements, Run, Topic};
use serde::Serialize;
use std::collections::BTreeMap;

/// The type of queries that are lines of a log: the first hit counts most there.
pub(super) const LOG_LINES: &str = "logline";
/// The type of queries that are spelt badly.
const MISSPELT: &str = "misspelled";

/// A ranking under a name.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) run: Run,
}

/// A ranking and how good it is for each judged topic, in their order.
#[derive(Debug)]
struct Scored {
    name: String,
    run: Run,
    scores: Vec<Score>,
}

/// Everything that was ranked and judged.
#[derive(Debug)]
pub(super) struct Measured {
    /// All that was asked.
    topics: Vec<Topic>,
    judgements: Judgements,
    /// Those of the topics for which a document is relevant: the others say nothing.
    judged: Vec<Topic>,
    ours: Scored,
    others: Vec<Scored>,
}

/// What was measured, for people and programs.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// Topics that count.
    pub(super) judged_queries: usize,
    /// One line for each ranking, ours first.
    pub(super) runs: Vec<Line>,
    /// Ours less theirs.
    pub(super) differences: Vec<Difference>,
    /// What bad spelling costs, where queries have a twin that is spelt well.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) misspelt: Vec<Loss>,
}

/// The figures of one ranking.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    pub(super) run: String,
    #[serde(rename = "ndcg_at_10")]
    pub(super) ndcg: f64,
    #[serde(rename = "recall_at_10")]
    pub(super) recall: f64,
    #[serde(rename = "mrr_at_10")]
    pub(super) mrr: f64,
    #[serde(rename = "judged_at_10")]
    pub(super) judged: f64,
    pub(super) types: BTreeMap<String, OfType>,
}

/// The figures of one ranking for one type of queries.
#[derive(Debug, Serialize)]
pub(super) struct OfType {
    pub(super) queries: usize,
    #[serde(rename = "ndcg_at_10")]
    pub(super) ndcg: f64,
    #[serde(rename = "mrr_at_10")]
    pub(super) mrr: f64,
}

/// How much better our nDCG is than that of another ranking.
#[derive(Debug, Serialize)]
pub(super) struct Difference {
    pub(super) against: String,
    /// None: of all queries.
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    pub(super) queries: usize,
    #[serde(flatten)]
    pub(super) gain: Interval,
}

/// How much less of a ranking's nDCG misspelt queries get than their twins.
#[derive(Debug, Serialize)]
pub(super) struct Loss {
    pub(super) run: String,
    pub(super) queries: usize,
    pub(super) well_spelt: f64,
    pub(super) misspelt: f64,
    #[serde(flatten)]
    pub(super) less: Interval,
}

/// One query and what came of it.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    pub(super) query: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) text: String,
    /// None: no document is relevant for it, as far as anybody judged.
    #[serde(rename = "ndcg_at_10")]
    pub(super) ndcg: Option<f64>,
    /// The first ten.
    pub(super) hits: Vec<ShownHit>,
    /// What was judged relevant and is not among them, the best first.
    pub(super) missed: Vec<ShownHit>,
}

/// One document of a ranking.
#[derive(Debug, Serialize)]
pub(super) struct ShownHit {
    /// None: it was not ranked.
    pub(super) rank: Option<usize>,
    /// None: nobody judged it.
    pub(super) grade: Option<u8>,
    pub(super) document: String,
    pub(super) title: String,
}

/// The queries that another ranking answers better, those first where it is the most.
#[derive(Debug, Serialize)]
pub(super) struct Worst {
    pub(super) against: String,
    pub(super) queries: Vec<Lost>,
}

/// A query that another ranking answers better.
#[derive(Debug, Serialize)]
pub(super) struct Lost {
    pub(super) query: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) text: String,
    pub(super) ours: f64,
    pub(super) theirs: f64,
}

impl Measured {
    /// Judges rankings of `topics`.
    pub(super) fn new(
        topics: Vec<Topic>,
        judgements: Judgements,
        ours: Named,
        others: Vec<Named>,
    ) -> Self {
        let counts = |topic: &&Topic| {
            let grades = judgements.get(&topic.id);
            grades.is_some_and(|grades| grades.values().any(|grade| *grade > 0))
        };
        let judged: Vec<Topic> = topics.iter().filter(counts).cloned().collect();
        let scored = |Named { name, run }| {
            let score = |topic: &Topic| match judgements.get(&topic.id) {
                Some(grades) => Score::of(grades, &documents(&run, &topic.id)),
                None => Score::default(),
            };
            let scores = judged.iter().map(score).collect();
            Scored { name, run, scores }
        };
        Self {
            ours: scored(ours),
            others: others.into_iter().map(scored).collect(),
            topics,
            judged,
            judgements,
        }
    }

    /// Our ranking.
    pub(super) fn ours(&self) -> &Run {
        &self.ours.run
    }

    /// Every figure.
    pub(super) fn report(&self) -> Report {
        let all = || std::iter::once(&self.ours).chain(&self.others);
        let differences = self.others.iter().flat_map(|other| {
            let kinds = self.kinds().into_iter().map(Some);
            let of = move |kind| self.difference(other, kind);
            std::iter::once(None).chain(kinds).filter_map(of)
        });
        Report {
            judged_queries: self.judged.len(),
            runs: all().map(|scored| self.line(scored)).collect(),
            differences: differences.collect(),
            misspelt: all().filter_map(|scored| self.loss(scored)).collect(),
        }
    }

    /// The types there are, in the order of the alphabet.
    fn kinds(&self) -> Vec<&str> {
        let kinds = self.judged.iter().map(|topic| topic.kind.as_str());
        let mut kinds: Vec<&str> = kinds.filter(|kind| !kind.is_empty()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    fn of_kind<'a>(&'a self, scored: &'a Scored, kind: Option<&str>) -> Vec<&'a Score> {
        let pairs = self.judged.iter().zip(&scored.scores);
        pairs
            .filter(|(topic, _)| kind.is_none_or(|kind| topic.kind == kind))
            .map(|(_, score)| score)
            .collect()
    }

    fn line(&self, scored: &Scored) -> Line {
        let mean = Score::mean(&self.of_kind(scored, None));
        let types = self.kinds().into_iter().map(|kind| {
            let those = self.of_kind(scored, Some(kind));
            let mean = Score::mean(&those);
            let of_type = OfType {
                queries: those.len(),
                ndcg: mean.ndcg,
                mrr: mean.mrr,
            };
            (kind.to_owned(), of_type)
        });
        Line {
            run: scored.name.clone(),
            ndcg: mean.ndcg,
            recall: mean.recall,
            mrr: mean.mrr,
            judged: mean.judged,
            types: types.collect(),
        }
    }

    fn difference(&self, other: &Scored, kind: Option<&str>) -> Option<Difference> {
        let ours = self.of_kind(&self.ours, kind).into_iter();
        let pairs = ours.zip(self.of_kind(other, kind));
        let differences: Vec<f64> = pairs
            .map(|(ours, theirs)| ours.ndcg - theirs.ndcg)
            .collect();
        Some(Difference {
            against: other.name.clone(),
            kind: kind.map(str::to_owned),
            queries: differences.len(),
            gain: Interval::of(&differences)?,
        })
    }

    /// Of those misspelt queries whose twin was judged too.
    fn loss(&self, scored: &Scored) -> Option<Loss> {
        let pairs = || self.judged.iter().zip(&scored.scores);
        let twin_of = |topic: &Topic| {
            let twin = topic.twin.as_ref()?;
            pairs().find(|(other, _)| &other.id == twin)
        };
        let misspelt = pairs().filter(|(topic, _)| topic.kind == MISSPELT);
        let both = misspelt.filter_map(|(topic, score)| Some((twin_of(topic)?.1, score)));
        let (well, badly): (Vec<&Score>, Vec<&Score>) = both.unzip();
        let losses = well
            .iter()
            .zip(&badly)
            .map(|(well, badly)| well.ndcg - badly.ndcg);
        let less = Interval::of(&losses.collect::<Vec<_>>())?;
        Some(Loss {
            run: scored.name.clone(),
            queries: badly.len(),
            misspelt: Score::mean(&badly).ndcg,
            well_spelt: Score::mean(&well).ndcg,
            less,
        })
    }

    /// The first ten of one query, and what is not among them. None: there is no such query.
    pub(super) fn shown(&self, id: &str, title: impl Fn(&str) -> String) -> Option<Shown> {
        let topic = self.topics.iter().find(|topic| topic.id == id)?;
        let nothing = Grades::new();
        let grades = self.judgements.get(id).unwrap_or(&nothing);
        let ranked = documents(&self.ours.run, id);
        let hit = |document: &str| ShownHit {
            rank: ranked
                .iter()
                .position(|it| *it == document)
                .map(|at| at + 1),
            grade: grades.get(document).copied(),
            document: document.to_owned(),
            title: title(document),
        };
        let top: Vec<&str> = ranked.iter().take(DEPTH).copied().collect();
        let relevant = grades.iter().filter(|(_, grade)| **grade > 0);
        let missed = relevant.filter(|(document, _)| !top.contains(&document.as_str()));
        let mut missed: Vec<ShownHit> = missed.map(|(document, _)| hit(document)).collect();
        missed.sort_by_key(|it| (std::cmp::Reverse(it.grade), it.rank.unwrap_or(usize::MAX)));
        let scores = self.judged.iter().zip(&self.ours.scores);
        Some(Shown {
            query: topic.id.clone(),
            kind: topic.kind.clone(),
            text: topic.text.clone(),
            ndcg: scores
                .clone()
                .find(|(judged, _)| judged.id == id)
                .map(|(_, score)| score.ndcg),
            hits: top.into_iter().map(hit).collect(),
            missed,
        })
    }

    /// The queries that the best of the other rankings answers better than ours. None: there is no other.
    pub(super) fn worst(&self, most: usize) -> Option<Worst> {
        let ndcg = |other: &Scored| Score::mean(&self.of_kind(other, None)).ndcg;
        let best = self.others.iter();
        let best = best.max_by(|a, b| ndcg(a).total_cmp(&ndcg(b)))?;
        let pairs = self.ours.scores.iter().zip(&best.scores);
        let lost = self.judged.iter().zip(pairs);
        let lost = lost.filter(|(_, (ours, theirs))| ours.ndcg < theirs.ndcg);
        let mut queries: Vec<Lost> = lost
            .map(|(topic, (ours, theirs))| Lost {
                query: topic.id.clone(),
                kind: topic.kind.clone(),
                text: topic.text.clone(),
                ours: ours.ndcg,
                theirs: theirs.ndcg,
            })
            .collect();
        let by = |it: &Lost| it.theirs - it.ours;
        queries.sort_by(|a, b| by(b).total_cmp(&by(a)));
        queries.truncate(most);
        Some(Worst {
            against: best.name.clone(),
            queries,
        })
    }
}

fn documents<'a>(run: &'a Run, topic: &str) -> Vec<&'a str> {
    let hits = run.get(topic).into_iter().flatten();
    hits.map(|hit| hit.document.as_str()).collect()
}

#[cfg(test)]
#[path = "measured_tests.rs"]
mod tests;
