//! Constraint names and what they mean to a person.
//!
//! Every rule has its name in the migrations. Those that a person can break with a form are listed here; a test
//! keeps the list true. The others can only be broken by a bug, and stay internal errors.

use diesel::result::{DatabaseErrorKind, Error};

/// What is wrong with one field of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldProblem {
    /// The name of the field.
    pub field: &'static str,
    /// What to say beside it.
    pub message: &'static str,
}

/// Constraint, field, message.
const PROBLEMS: &[(&str, &str, &str)] = &[
    (
        "people_email_key",
        "email",
        "Somebody with this address is here already.",
    ),
    (
        "people_email_shape",
        "email",
        "This is not an e-mail address.",
    ),
    (
        "people_name_length",
        "name",
        "A name has 1 to 200 characters.",
    ),
    (
        "people_role_known",
        "role",
        "Choose reader, author or admin.",
    ),
    (
        "teams_name_key",
        "name",
        "There is a team with this name already.",
    ),
    (
        "teams_name_length",
        "name",
        "A name has 1 to 200 characters.",
    ),
    (
        "api_tokens_name_length",
        "name",
        "A name has 1 to 200 characters.",
    ),
    (
        "api_tokens_scopes_known",
        "scopes",
        "Choose at least one of the listed scopes.",
    ),
    (
        "services_name_key",
        "name",
        "There is a service with this name already.",
    ),
    (
        "services_name_length",
        "name",
        "A name has 1 to 200 characters.",
    ),
    (
        "services_entity_ref_length",
        "entity_ref",
        "A reference has 1 to 300 characters.",
    ),
    (
        "tags_name_key",
        "tags",
        "There is a tag with this name already.",
    ),
    ("tags_name_length", "tags", "A tag has 1 to 200 characters."),
    (
        "factors_name_key",
        "name",
        "There is a factor with this name already.",
    ),
    (
        "factors_name_length",
        "name",
        "A name has 1 to 200 characters.",
    ),
    (
        "factors_category_length",
        "category",
        "A category has at most 200 characters.",
    ),
    (
        "severities_description_length",
        "description",
        "A description has 1 to 500 characters.",
    ),
    (
        "reports_title_length",
        "title",
        "A title has 1 to 300 characters.",
    ),
    (
        "reports_slug_shape",
        "slug",
        "A slug has letters, digits and hyphens, at most 100.",
    ),
    (
        "reports_kind_known",
        "kind",
        "Choose incident, near miss or exercise.",
    ),
    (
        "reports_severity_fkey",
        "severity",
        "There is no such severity.",
    ),
    (
        "reports_visibility_known",
        "visibility",
        "Choose open or restricted.",
    ),
    (
        "reports_timezone_length",
        "timezone",
        "A time zone has 1 to 100 characters.",
    ),
    (
        "reports_plain_text_size",
        "document",
        "A report has at most 2 MiB of text.",
    ),
    (
        "reports_import_key_key",
        "import_key",
        "Another report was imported under this key.",
    ),
    (
        "reports_import_key_length",
        "import_key",
        "A key has 1 to 1000 characters and at most 2500 bytes.",
    ),
    (
        "reports_near_miss_without_severity",
        "severity",
        "A near miss has no severity.",
    ),
    (
        "reports_mitigated_after_start",
        "mitigated_at",
        "Mitigation is not before the start.",
    ),
    (
        "reports_resolved_after_start",
        "resolved_at",
        "Resolution is not before the start.",
    ),
    (
        "reports_acknowledged_after_detection",
        "acknowledged_at",
        "Acknowledgement is not before detection.",
    ),
    (
        "reports_resolved_after_detection",
        "resolved_at",
        "Resolution is not before detection.",
    ),
    (
        "reports_resolved_after_mitigation",
        "resolved_at",
        "Resolution is not before mitigation.",
    ),
    (
        "report_links_not_to_itself",
        "to",
        "A report is not linked to itself.",
    ),
    (
        "report_links_once",
        "to",
        "These reports are linked like this already.",
    ),
    (
        "countermeasures_wont_do_has_reason",
        "status_reason",
        "Say why it will not be done.",
    ),
    (
        "report_templates_word_key",
        "word",
        "There is a template with this word already.",
    ),
    (
        "report_templates_name_key",
        "name",
        "There is a template with this name already.",
    ),
    (
        "report_template_sections_heading_key",
        "sections",
        "Two sections have the same heading.",
    ),
    (
        "comments_text_length",
        "text",
        "A comment has at most 10000 characters.",
    ),
    ("comments_text_given", "text", "Write something first."),
    (
        "participant_accounts_role_length",
        "role",
        "A role has at most 100 characters.",
    ),
    (
        "participant_accounts_text_length",
        "text",
        "An account has at most 20000 characters.",
    ),
    (
        "saved_searches_name_key",
        "name",
        "You have a saved search of this name already.",
    ),
    (
        "saved_searches_name_length",
        "name",
        "A name has 1 to 100 characters.",
    ),
    (
        "saved_searches_said_length",
        "search",
        "This search is too long to be saved.",
    ),
    (
        "revisions_document_size",
        "document",
        "A report has at most 2 MiB of text.",
    ),
    (
        "revisions_note_length",
        "note",
        "A note has at most 1000 characters.",
    ),
    (
        "reviews_changes_have_a_note",
        "note",
        "Say what is still missing.",
    ),
    (
        "reviews_note_length",
        "note",
        "A note has at most 1000 characters.",
    ),
    (
        "attachments_media_type_known",
        "file",
        "This kind of file cannot be attached.",
    ),
    (
        "attachments_size_range",
        "file",
        "An attachment has at most 25 MiB, and is not empty.",
    ),
    (
        "report_attachments_file_name_length",
        "file",
        "A file name has 1 to 255 characters.",
    ),
];

/// What to say beside which field, when the error is a broken rule that a person can mend.
pub fn describe(error: &Error) -> Option<FieldProblem> {
    let Error::DatabaseError(
        DatabaseErrorKind::UniqueViolation
        | DatabaseErrorKind::CheckViolation
        | DatabaseErrorKind::ForeignKeyViolation,
        information,
    ) = error
    else {
        return None;
    };
    let broken = information.constraint_name()?;
    PROBLEMS
        .iter()
        .find(|(constraint, _, _)| *constraint == broken)
        .map(|&(_, field, message)| FieldProblem { field, message })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use diesel::result::DatabaseErrorInformation;

    use super::*;

    /// All that the migrations say, in the order of their names.
    fn migrations() -> String {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
        let mut files: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.is_dir())
            .map(|folder| folder.join("up.sql"))
            .collect();
        files.sort();
        files
            .iter()
            .map(|file| std::fs::read_to_string(file).unwrap())
            .collect()
    }

    #[test]
    fn every_constraint_of_the_list_exists_and_is_listed_once() {
        let migrations = migrations();
        let mut seen = HashSet::new();
        for (constraint, _, message) in PROBLEMS {
            let exists = migrations.contains(&format!("CONSTRAINT {constraint} "))
                || migrations.contains(&format!("UNIQUE INDEX {constraint} "));
            assert!(exists, "no constraint {constraint}");
            assert!(seen.insert(constraint), "{constraint} is listed twice");
            assert!(message.ends_with('.'), "{message}");
        }
    }

    struct Broken(&'static str);

    impl DatabaseErrorInformation for Broken {
        fn message(&self) -> &'static str {
            "broken"
        }
        fn details(&self) -> Option<&str> {
            None
        }
        fn hint(&self) -> Option<&str> {
            None
        }
        fn table_name(&self) -> Option<&str> {
            None
        }
        fn column_name(&self) -> Option<&str> {
            None
        }
        fn constraint_name(&self) -> Option<&str> {
            Some(self.0)
        }
        fn statement_position(&self) -> Option<i32> {
            None
        }
    }

    #[test]
    fn only_what_a_person_can_mend_is_described() {
        let error = |kind, name| Error::DatabaseError(kind, Box::new(Broken(name)));
        let problem = describe(&error(
            DatabaseErrorKind::UniqueViolation,
            "people_email_key",
        ));
        assert_eq!(problem.map(|problem| problem.field), Some("email"));
        let bug = describe(&error(
            DatabaseErrorKind::UniqueViolation,
            "report_tags_pkey",
        ));
        assert_eq!(bug, None);
        let other = describe(&error(
            DatabaseErrorKind::NotNullViolation,
            "people_email_key",
        ));
        assert_eq!(other, None);
        assert_eq!(describe(&Error::NotFound), None);
    }
}
