//! What a heading means: our own section names, the aliases of well-known templates, and their Japanese equivalents.

use super::text::words;
use crate::reports::vocabulary::{CountermeasureType, LearningKind, SectionRole};

/// Aliases as words in lower case; a heading matches when it is one of them, or starts with one marked `…`.
const ALIASES: &[(SectionRole, &[&str])] = &[
    (
        SectionRole::Summary,
        &[
            "summary",
            "issue summary",
            "executive summary",
            "incident summary",
            "overview",
            "tl dr",
            "tldr",
            "abstract",
            "what happened",
            "what nearly happened",
            "サマリー",
            "サマリ",
            "概要",
            "要約",
            "インシデント概要",
            "障害概要",
        ],
    ),
    (
        SectionRole::Impact,
        &[
            "impact",
            "customer impact",
            "user impact",
            "end user impact",
            "business impact",
            "affected users",
            "outage description",
            "impact…",
            "影響",
            "影響範囲",
            "影響…",
            "ユーザー影響",
            "定量的影響",
        ],
    ),
    (
        SectionRole::Timeline,
        &[
            "timeline…",
            "incident timeline",
            "chain of events",
            "chronology",
            "key events",
            "sequence of events",
            "event timeline",
            "タイムライン…",
            "時系列",
            "経緯",
        ],
    ),
    (
        SectionRole::Detection,
        &[
            "detection",
            "identified",
            "how was it detected",
            "how we detected it",
            "検知",
            "検出",
            "検知 detect",
        ],
    ),
    (
        SectionRole::Factors,
        &[
            "contributing factors…",
            "contributing conditions",
            "contributing factor",
            "contributing causes",
            "root cause…",
            "root causes…",
            "trigger",
            "triggers",
            "fault",
            "lead up",
            "leadup",
            "cause",
            "causes",
            "what caused the incident",
            "what caused it",
            "process breakdown",
            "process breakdowns",
            "five whys",
            "5 whys",
            "the five whys",
            "why it happened",
            "why did it happen",
            "根本原因…",
            "原因",
            "原因分析",
            "直接原因…",
            "寄与要因…",
            "要因",
            "背景要因",
            "なぜなぜ分析",
            "発生原因",
        ],
    ),
    (
        SectionRole::Resolution,
        &[
            "resolution",
            "resolution and recovery",
            "recovery",
            "mitigation",
            "mitigations",
            "remediation",
            "mitigation and resolution",
            "mitigation resolution",
            "root cause and mitigation",
            "fix",
            "the fix",
            "how we fixed it",
            "resolution…",
            "対応",
            "復旧",
            "復旧対応",
            "解決",
            "緩和策 復旧",
            "対応内容",
            "暫定対応",
        ],
    ),
    (
        SectionRole::WentWell,
        &[
            "what went well",
            "things that went well",
            "went well",
            "what worked",
            "what worked well",
            "うまくいったこと",
            "良かったこと",
            "良かった点",
            "よかったこと",
        ],
    ),
    (
        SectionRole::WentPoorly,
        &[
            "what went poorly",
            "what went wrong",
            "what went badly",
            "went poorly",
            "things that went poorly",
            "things that went wrong",
            "what could have gone better",
            "what could be improved",
            "what didn t go well",
            "what did not go well",
            "what didn t work",
            "what needs improvement",
            "うまくいかなかったこと",
            "改善が必要なこと",
            "悪かったこと",
            "改善点",
            "うまくいかなかった点",
        ],
    ),
    (
        SectionRole::Lucky,
        &[
            "where we got lucky",
            "what went lucky",
            "got lucky",
            "where did we get lucky",
            "luck",
            "lucky",
            "運が良かったこと",
            "幸運だったこと",
            "運がよかったこと",
        ],
    ),
    (
        SectionRole::Surprise,
        &[
            "what surprised us",
            "surprises",
            "surprise",
            "why surprised",
            "what was surprising",
            "驚いたこと",
            "意外だったこと",
        ],
    ),
    (
        SectionRole::Safeguard,
        &[
            "what saved us",
            "safeguards",
            "safeguards that held",
            "救われたこと",
            "助かったこと",
        ],
    ),
    (
        SectionRole::OpenQuestion,
        &[
            "open questions",
            "open question",
            "unanswered questions",
            "questions",
            "未解決の疑問",
            "残課題",
            "未解決事項",
        ],
    ),
    (
        SectionRole::Countermeasures,
        &[
            "countermeasures",
            "countermeasure",
            "action items…",
            "action item",
            "actions",
            "followup",
            "followups",
            "follow ups",
            "follow up",
            "follow up actions",
            "corrective and preventative measure",
            "corrective and preventative measures",
            "corrective and preventive measures",
            "corrective actions",
            "corrective action",
            "preventative measures",
            "preventive measures",
            "next steps",
            "recommendations",
            "future actions",
            "review actions",
            "improvements",
            "what would stop it…",
            "todo",
            "アクションアイテム",
            "追加アクションアイテム",
            "アクション",
            "対策",
            "再発防止策",
            "再発防止",
            "恒久対策",
            "今後の対応",
            "今後の対策",
        ],
    ),
];

/// What a heading means. Case, numbering, emoji, punctuation and markup do not matter.
pub(super) fn role_of(heading: &str) -> SectionRole {
    let plain: Vec<String> = words(heading).collect();
    let numbered = plain
        .iter()
        .take_while(|word| word.chars().all(|letter| letter.is_ascii_digit()))
        .count();
    let meaning = plain.get(numbered..).unwrap_or_default().join(" ");
    let whole = plain.join(" ");
    for (role, aliases) in ALIASES {
        for alias in *aliases {
            let hit = match alias.strip_suffix('…') {
                Some(start) => starts_with_words(&meaning, start),
                None => meaning == *alias || whole == *alias,
            };
            if hit {
                return *role;
            }
        }
    }
    SectionRole::Other
}

fn starts_with_words(text: &str, start: &str) -> bool {
    text.strip_prefix(start).is_some_and(|rest| {
        rest.is_empty() || rest.starts_with(' ') || rest.starts_with('（') || !start.is_ascii()
    })
}

/// The kind of learning a section owns.
pub(super) const fn learning_kind(role: SectionRole) -> Option<LearningKind> {
    match role {
        SectionRole::WentWell => Some(LearningKind::WentWell),
        SectionRole::WentPoorly => Some(LearningKind::WentPoorly),
        SectionRole::Lucky => Some(LearningKind::Lucky),
        SectionRole::Surprise => Some(LearningKind::Surprise),
        SectionRole::Safeguard => Some(LearningKind::Safeguard),
        SectionRole::OpenQuestion => Some(LearningKind::OpenQuestion),
        SectionRole::Summary
        | SectionRole::Impact
        | SectionRole::Timeline
        | SectionRole::Detection
        | SectionRole::Factors
        | SectionRole::Resolution
        | SectionRole::Countermeasures
        | SectionRole::Other => None,
    }
}

/// The section that owns a kind of learning.
pub(super) const fn learning_role(kind: LearningKind) -> SectionRole {
    match kind {
        LearningKind::WentWell => SectionRole::WentWell,
        LearningKind::WentPoorly => SectionRole::WentPoorly,
        LearningKind::Lucky => SectionRole::Lucky,
        LearningKind::Surprise => SectionRole::Surprise,
        LearningKind::Safeguard => SectionRole::Safeguard,
        LearningKind::OpenQuestion => SectionRole::OpenQuestion,
    }
}

/// Whether a section of this role owns structured rows.
pub(super) const fn owns_rows(role: SectionRole) -> bool {
    matches!(
        role,
        SectionRole::Timeline | SectionRole::Factors | SectionRole::Countermeasures
    ) || learning_kind(role).is_some()
}

/// What the countermeasures below a heading or in a category column are meant to do.
pub(super) fn countermeasure_type(text: &str) -> Option<CountermeasureType> {
    let named = |word: &str| {
        Some(match word {
            "prevent" | "prevention" | "preventive" | "preventative" | "予防" => {
                CountermeasureType::Prevent
            }
            "detect" | "detection" | "monitoring" | "alerting" | "検知" => {
                CountermeasureType::Detect
            }
            "mitigate" | "mitigation" | "mitigative" | "緩和" => CountermeasureType::Mitigate,
            "repair" | "recovery" | "修復" | "復旧" => CountermeasureType::Repair,
            "learn" | "learning" | "investigate" | "調査" => CountermeasureType::Learn,
            _ => return None,
        })
    };
    let plain: Vec<String> = words(text).collect();
    (plain.len() <= 3)
        .then(|| plain.iter().find_map(|word| named(word)))
        .flatten()
}
