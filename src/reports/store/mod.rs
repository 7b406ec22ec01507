//! Every SQL query about reports. Rows are private to this folder; what leaves it are plain read models.

mod access;
mod attachments;
mod autosaves;
mod comments;
mod content;
mod dismissals;
mod factors;
mod fallback;
mod found_rows;
mod glossary;
mod links;
mod lists;
mod names;
mod notifications;
mod objects;
mod participants;
mod past_reviews;
mod queue;
mod read;
mod reviews;
mod revisions;
mod rows;
mod rubric;
mod saved_searches;
mod search_gaps;
mod smaller;
mod templates;
mod threads;
mod write;

pub(crate) use access::{
    ReaderRow, Viewer, Why, add_author, add_viewer, named, readers, remove_author, remove_viewer,
};
pub use attachments::forget_files;
pub(crate) use attachments::{
    AttachedFile, Piece, Usage, attach, attached, attached_file, attached_piece, detach,
    is_mentioned, name_of_attached, usage,
};
pub(crate) use autosaves::{
    Autosave, Done, Present, Subject, Unsaved, autosave, autosaved, begun, forget_autosave,
    present, unsaved,
};
pub(crate) use comments::{
    Comment, NewComment, Removal, bare_comments, comment, comment_of_request, comment_once,
    comment_texts, count_comments, edit_comment, in_thread, insert_comment, open_anchors,
    remove_comment, resolve_comment,
};
pub(crate) use dismissals::{dismiss, dismissed};
pub(crate) use factors::{
    Factor, describe_factor, drop_factor, factor, factor_named, factors, keep_former_factor_name,
    lock_factors, lock_reports_of_factor, move_former_factor_names, reports_of_factor,
};
pub use fallback::find_words;
pub(crate) use fallback::{Filter, fallback_search};
pub(crate) use found_rows::{RowsOf, StoredText, rows_of};
pub(crate) use glossary::{
    Group, drop_glossary_group, glossary_group, glossary_groups, glossary_since,
    insert_glossary_group, lock_glossary, replace_glossary_group,
};
pub(crate) use links::{End, NewLink, count_links, delete_link, insert_link, links, said};
pub(crate) use lists::{
    Summary, briefly, by_ids, count, drafts_of, join_plain, key_of_import, last_zone, list,
    on_this_day, recent, split_plain, versions,
};
pub(crate) use names::{NameKind, names, renamed};
pub(crate) use notifications::{Notice, Told, inbox, notify, read_all, read_one};
pub use notifications::{forget_notifications, remind_of_reviews};
pub(crate) use objects::{
    announce_object, bytes_in_database, doom_object, forget_object, hold_object, leave_to_object,
    next_in_database,
};
pub(crate) use participants::{
    Account, accounts, ask_account, asked_account, count_accounts, is_asked, keep_account,
    mark_account_merged, own_account, take_back_account, withdraw_account,
};
pub(crate) use past_reviews::{
    NewReview, Review, add_review, latest_verdicts, reviewed_by, reviews,
};
pub(crate) use queue::{
    Part, Queued, lingering, may_remind, put_off_reminders, queue, sent_back_by, waiting_for,
};
pub(crate) use read::{
    Header, Stored, find_by_import_key, find_by_slug, header, keep_page, kept_page, load,
    load_again, load_many,
};
pub(crate) use reviews::{
    LastReview, Standing, forget_facilitator, has_written, keep_standing, standing,
};
pub(crate) use revisions::{
    RevisionRow, Trace, is_changed_since_import, revision, revisions_before, revisions_beside,
    revisions_seen, same_text, seen_revision, trace,
};
pub(crate) use rubric::{KeptRubric, Line, Rubric, kept_rubric, replace_rubric, rubric};
pub(crate) use saved_searches::{
    change_search, delete_search, forget_published, listening, next_published, save_search,
    saved_searches, search_of_feed, set_feed, tell_of_match,
};
pub(crate) use search_gaps::{SearchGap, dismiss_gap, keep_gaps, search_gaps};
pub(crate) use smaller::{keep_smaller, kept_smaller};
pub(crate) use templates::{
    KeptTemplate, archive_template, insert_template, replace_template, template, templates,
};
pub(crate) use threads::{count_threads, thread_of, threads};
pub(crate) use write::{
    Claim, ImportMark, NewRevision, claim_key, forget_keys, insert, mark_published, recall_key,
    remember_key, replace, set_status,
};
