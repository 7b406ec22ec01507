//! The fixed words of the domain: kinds, states, phases, roles, and severity. Pure.

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal / $label:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant),+ }

        impl $name {
            /// Every value, in the order people expect to see them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word used in the database, in documents, in URLs and in the API.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// The words shown to people.
            pub const fn label(self) -> &'static str {
                match self { $(Self::$variant => $label),+ }
            }

            /// Reads [`Self::word`] back (case, spaces and dashes do not matter).
            pub fn parse(text: &str) -> Option<Self> {
                let word = text.trim().to_lowercase().replace([' ', '-'], "_");
                Self::ALL.iter().copied().find(|value| value.word() == word)
            }
        }
    };
}

words!(
    /// What happened: an incident, a near miss, or an exercise (game day).
    Kind {
        /// Something broke and somebody was affected.
        Incident = "incident" / "Incident",
        /// Something nearly broke.
        NearMiss = "near_miss" / "Near miss",
        /// A rehearsal: a game day.
        Exercise = "exercise" / "Exercise",
    }
);

words!(
    /// Where a report stands on its way to readers.
    Status {
        /// Being written.
        Draft = "draft" / "Draft",
        /// Waiting for a reviewer.
        InReview = "in_review" / "In review",
        /// Readable by everyone who may see it.
        Published = "published" / "Published",
        /// Kept, no longer shown first.
        Archived = "archived" / "Archived",
    }
);

words!(
    /// How a report came to be published.
    HowPublished {
        /// Somebody who did not write it approved the text.
        Reviewed = "reviewed" / "Reviewed",
        /// Without an approval of its text.
        WithoutReview = "without_review" / "Published without review",
        /// Near misses and exercises need no review.
        NotAsked = "not_asked" / "Needs no review",
        /// It was published elsewhere and brought here.
        Imported = "imported" / "Imported",
    }
);

words!(
    /// What a review came to.
    ReviewOutcome {
        /// Good for readers as it is.
        Approved = "approved" / "Approved",
        /// Something is missing; back to the authors.
        ChangesRequested = "changes_requested" / "Changes requested",
    }
);

words!(
    /// What a reviewer says to one line of the rubric.
    Verdict {
        /// It is there.
        Yes = "yes" / "Yes",
        /// Something is missing.
        NotYet = "not_yet" / "Not yet",
        /// This report does not need it.
        NotApplicable = "not_applicable" / "Not applicable",
    }
);

words!(
    /// Who may see a report at all.
    Visibility {
        /// Everyone in the organisation.
        Open = "open" / "Open",
        /// The people and teams named on it.
        Restricted = "restricted" / "Restricted",
    }
);

words!(
    /// What a timeline event was in the course of the incident.
    Phase {
        /// Context from before the trigger.
        Background = "background" / "Background",
        /// What set it off.
        Trigger = "trigger" / "Trigger",
        /// Somebody or something noticed.
        Detect = "detect" / "Detect",
        /// Finding out what is going on.
        Diagnose = "diagnose" / "Diagnose",
        /// A decision between options.
        Decide = "decide" / "Decide",
        /// An action on the system.
        Act = "act" / "Act",
        /// The system getting better.
        Recover = "recover" / "Recover",
        /// Telling people.
        Communicate = "communicate" / "Communicate",
    }
);

words!(
    /// Where a timeline event comes from.
    EventSource {
        /// Somebody wrote it down.
        Manual = "manual" / "written down",
        /// It was said in a chat.
        Chat = "chat" / "from a chat",
        /// A monitor said it.
        Alert = "alert" / "from an alert",
        /// It came with an import.
        Import = "import" / "imported",
        /// A program added it.
        Bot = "bot" / "added by a bot",
    }
);

words!(
    /// What a contributing factor did in this report.
    FactorRole {
        /// It helped the incident happen.
        Contributed = "contributed" / "contributed",
        /// It made the incident larger.
        Amplified = "amplified" / "amplified",
        /// It kept people from noticing.
        DelayedDetection = "delayed_detection" / "delayed detection",
        /// It kept people from fixing it.
        DelayedRecovery = "delayed_recovery" / "delayed recovery",
    }
);

words!(
    /// The kinds of things learned.
    LearningKind {
        /// Worked as hoped.
        WentWell = "went_well" / "What went well",
        /// Did not work as hoped.
        WentPoorly = "went_poorly" / "What went poorly",
        /// Only luck kept it from being worse.
        Lucky = "lucky" / "Where we got lucky",
        /// What surprised the people involved.
        Surprise = "surprise" / "What surprised us",
        /// What saved us: a safeguard that held.
        Safeguard = "safeguard" / "What saved us",
        /// A question still open.
        OpenQuestion = "open_question" / "Open questions",
    }
);

words!(
    /// What a countermeasure is meant to do.
    CountermeasureType {
        /// Keep it from happening.
        Prevent = "prevent" / "Prevent",
        /// Notice it sooner.
        Detect = "detect" / "Detect",
        /// Make it smaller.
        Mitigate = "mitigate" / "Mitigate",
        /// Put right what it broke.
        Repair = "repair" / "Repair",
        /// Find out more.
        Learn = "learn" / "Learn",
    }
);

words!(
    /// How far a countermeasure has come.
    CountermeasureStatus {
        /// Suggested.
        Proposed = "proposed" / "Proposed",
        /// Agreed to.
        Accepted = "accepted" / "Accepted",
        /// Being done.
        InProgress = "in_progress" / "In progress",
        /// Done.
        Done = "done" / "Done",
        /// Decided against; needs a reason.
        WontDo = "wont_do" / "Won't do",
    }
);

words!(
    /// What the check of a countermeasure showed.
    CheckResult {
        /// It had the expected effect.
        Confirmed = "confirmed" / "Confirmed",
        /// It did not.
        Refuted = "refuted" / "Refuted",
        /// It cannot be told.
        Inconclusive = "inconclusive" / "Inconclusive",
        /// It had seemed to work until a recurrence showed otherwise.
        DidNotHold = "did_not_hold" / "Did not hold",
    }
);

words!(
    /// What somebody is told in their inbox. The label stands between who did it and the title of the report.
    NoticeKind {
        /// Somebody wrote their name in a comment.
        Mentioned = "mentioned" / "mentioned you in a comment on",
        /// A comment on a report of theirs.
        CommentOnMyReport = "comment_on_my_report" / "commented on",
        /// An answer in a thread they wrote in.
        Reply = "reply" / "replied to you about",
        /// They are to review a report.
        AskedToReview = "asked_to_review" / "asked you to review",
        /// They are to lead the review of a report.
        AskedToFacilitate = "asked_to_facilitate" / "asked you to facilitate the review of",
        /// Somebody leads the review of their report.
        FacilitatorFound = "facilitator_found" / "will facilitate the review of",
        /// A reviewer wants something changed.
        ChangesRequested = "changes_requested" / "asked for changes to",
        /// A reviewer is content.
        Approved = "approved" / "approved",
        /// Their report is there to be read.
        Published = "published" / "published",
        /// It is a draft again.
        Unpublished = "unpublished" / "took back",
        /// It is no longer shown first.
        Archived = "archived" / "archived",
        /// A review has waited for a week.
        ReviewReminder = "review_reminder" / "reminds you of the review of",
        /// Its owners want to know how they saw it.
        AccountAsked = "account_asked" / "asks how you saw it:",
        /// A participant told how they saw it.
        AccountGiven = "account_given" / "handed over an account of",
        /// What they told is part of the report.
        AccountMerged = "account_merged" / "merged your account into",
        /// An administrator took their comment away.
        CommentErased = "comment_erased" / "removed a comment of yours on",
        /// A search they saved finds a report that was published now.
        SearchMatched = "search_matched" / "(your saved search) finds a new report:",
    }
);

impl CountermeasureStatus {
    /// Whether something is still to be done.
    pub const fn is_open(self) -> bool {
        match self {
            Self::Proposed | Self::Accepted | Self::InProgress => true,
            Self::Done | Self::WontDo => false,
        }
    }
}

/// How bad it was: 1 (worst) to 5, written `SEV1` … `SEV5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Severity(u8);

impl Severity {
    /// All five, worst first.
    pub const ALL: [Self; 5] = [Self(1), Self(2), Self(3), Self(4), Self(5)];

    /// `None` outside 1 to 5.
    pub fn new(level: u8) -> Option<Self> {
        (1..=5).contains(&level).then_some(Self(level))
    }

    /// 1 to 5.
    pub const fn level(self) -> u8 {
        self.0
    }

    /// What the level means, as the database's table `severities` says from the start.
    pub const fn description(self) -> &'static str {
        match self.0 {
            1 => "Critical: most customers cannot use the product, or data is lost.",
            2 => "Major: an important function is down or badly degraded for many.",
            3 => "Moderate: degraded for some, or a workaround exists.",
            4 => "Minor: little impact, noticed by few.",
            _ => "Cosmetic or internal only.",
        }
    }

    /// Reads `SEV2`, `sev-2`, `2`, `P2` or `S2`.
    pub fn parse(text: &str) -> Option<Self> {
        let lower = text.trim().to_lowercase();
        let digits = ["sev", "severity", "p", "s"]
            .iter()
            .filter_map(|prefix| lower.strip_prefix(prefix))
            .map(|rest| rest.trim_start_matches(['-', ' ', '_', ':']))
            .chain([lower.as_str()])
            .find_map(|rest| rest.parse::<u8>().ok())?;
        Self::new(digits)
    }
}

impl std::fmt::Display for Severity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SEV{}", self.0)
    }
}

words!(
    /// What a section is for. The first four hold prose; the rest also own structured rows.
    SectionRole {
        /// The tl;dr.
        Summary = "summary" / "Summary",
        /// Who was affected, and how much.
        Impact = "impact" / "Impact",
        /// Owns the timeline events.
        Timeline = "timeline" / "Timeline",
        /// How it was noticed.
        Detection = "detection" / "Detection",
        /// Owns the contributing factors.
        Factors = "factors" / "Contributing factors",
        /// How it ended.
        Resolution = "resolution" / "Resolution",
        /// Owns learnings of kind `went_well`.
        WentWell = "went_well" / "What went well",
        /// Owns learnings of kind `went_poorly`.
        WentPoorly = "went_poorly" / "What went poorly",
        /// Owns learnings of kind `lucky`.
        Lucky = "lucky" / "Where we got lucky",
        /// Owns learnings of kind `surprise`.
        Surprise = "surprise" / "What surprised us",
        /// Owns learnings of kind `safeguard`.
        Safeguard = "safeguard" / "What saved us",
        /// Owns learnings of kind `open_question`.
        OpenQuestion = "open_question" / "Open questions",
        /// Owns the countermeasures.
        Countermeasures = "countermeasures" / "Countermeasures",
        /// Any other heading, kept as it is.
        Other = "other" / "Other",
    }
);

words!(
    /// What one report is to another.
    LinkKind {
        /// The same thing happened again.
        RecurrenceOf = "recurrence_of" / "Recurrence of",
        /// The other one brought this about.
        CausedBy = "caused_by" / "Caused by",
        /// Alike, in a way that the reason tells.
        SimilarTo = "similar_to" / "Similar to",
        /// They share a contributing factor.
        SameFactor = "same_factor" / "Same factor as",
        /// This one replaces the other.
        Supersedes = "supersedes" / "Supersedes",
        /// This is what nearly happened, and in the other one did.
        NearMissOf = "near_miss_of" / "Near miss of",
    }
);

impl LinkKind {
    /// Whether it says the same from both ends.
    pub const fn is_mutual(self) -> bool {
        match self {
            Self::SimilarTo | Self::SameFactor => true,
            Self::RecurrenceOf | Self::CausedBy | Self::Supersedes | Self::NearMissOf => false,
        }
    }

    /// The words shown on the report at the other end.
    pub const fn reverse(self) -> &'static str {
        match self {
            Self::RecurrenceOf => "Recurred in",
            Self::CausedBy => "Led to",
            Self::SimilarTo => "Similar to",
            Self::SameFactor => "Same factor as",
            Self::Supersedes => "Superseded by",
            Self::NearMissOf => "Nearly happened in",
        }
    }
}
