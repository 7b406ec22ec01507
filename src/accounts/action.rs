//! What somebody may or may not do, each with what the decision needs to know. Pure.

use super::policy::Access;

/// Something an actor may or may not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action<'a> {
    /// Use the search box, related reports and feeds at all.
    Search,
    /// Get this report as a search hit.
    FindReport(&'a Access),
    /// See lists of reports at all.
    ListReports,
    /// Read this report.
    ReadReport(&'a Access),
    /// Read earlier revisions of this report.
    ReadHistory(&'a Access),
    /// Start a report.
    CreateReport,
    /// Change this report.
    EditReport(&'a Access),
    /// Remove a file of this report that its text or its history shows.
    EraseFile(&'a Access),
    /// Take away what somebody else said of this report.
    EraseComment(&'a Access),
    /// Add events to this report's timeline.
    AppendTimeline(&'a Access),
    /// Publish this report, or take it back.
    PublishReport(&'a Access),
    /// See the queue of reviews, and what reviewers said of the reports one may read.
    SeeReviews,
    /// Approve this report, or ask for changes: for people who are not among its authors.
    ReviewReport(&'a Access),
    /// Restrict this report, open it, or change who is named on it.
    SetVisibility(&'a Access),
    /// Comment on this report, and read what others said.
    Comment(&'a Access),
    /// Ask participants for their accounts of this report, read those handed over, and merge them.
    GatherAccounts(&'a Access),
    /// Write one's own account of this report.
    GiveAccount {
        /// Who may see the report.
        access: &'a Access,
        /// Whether its owners asked this person.
        asked: bool,
    },
    /// Import many reports at once.
    ImportReports,
    /// Create, change and suspend people and teams.
    ManagePeople,
    /// Create and revoke API tokens of other people and of bots.
    ManageTokens,
    /// Change what new reports begin with.
    EditTemplates,
    /// Change what reviewers are asked.
    EditRubric,
    /// Name, describe and merge contributing factors of the catalogue.
    EditFactors,
    /// Say which words mean the same to a search.
    EditGlossary,
    /// See measurements, the state of the index, what searches did not find, and the audit log.
    SeeMetrics,
}

impl Action<'_> {
    /// The word for logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Search => "search",
            Self::FindReport(_) => "find_report",
            Self::ListReports => "list_reports",
            Self::ReadReport(_) => "read_report",
            Self::ReadHistory(_) => "read_history",
            Self::CreateReport => "create_report",
            Self::EditReport(_) => "edit_report",
            Self::EraseFile(_) => "erase_file",
            Self::EraseComment(_) => "erase_comment",
            Self::AppendTimeline(_) => "append_timeline",
            Self::PublishReport(_) => "publish_report",
            Self::SeeReviews => "see_reviews",
            Self::ReviewReport(_) => "review_report",
            Self::SetVisibility(_) => "set_visibility",
            Self::Comment(_) => "comment",
            Self::GatherAccounts(_) => "gather_accounts",
            Self::GiveAccount { .. } => "give_account",
            Self::ImportReports => "import_reports",
            Self::ManagePeople => "manage_people",
            Self::ManageTokens => "manage_tokens",
            Self::EditTemplates => "edit_templates",
            Self::EditRubric => "edit_rubric",
            Self::EditFactors => "edit_factors",
            Self::EditGlossary => "edit_glossary",
            Self::SeeMetrics => "see_metrics",
        }
    }
}
