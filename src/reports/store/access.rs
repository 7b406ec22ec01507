//! Who may see which report, as SQL. Says the same as `accounts::policy`; a test compares the two.

/// The predicate over `reports r`. Binds `$1` to `$6`, as [`bind_visible`] does.
pub(crate) const VISIBLE: &str = "CASE WHEN r.visibility = 'restricted' THEN
        $3
        OR EXISTS (SELECT 1 FROM report_authors a WHERE a.report_id = r.id AND a.person_id = $4)
        OR EXISTS (SELECT 1 FROM report_viewers v WHERE v.report_id = r.id AND (v.person_id = $4 OR v.team_id = ANY($5)))
    WHEN r.status IN ('published', 'archived') THEN $1
    ELSE $2 OR EXISTS (SELECT 1 FROM report_authors a WHERE a.report_id = r.id AND a.person_id = $6)
    END";

/// Binds a [`Reach`](crate::accounts::Reach) to `$1` to `$6` of a query with [`VISIBLE`] in it.
macro_rules! bind_visible {
    ($query:expr, $reach:expr) => {{
        use diesel::sql_types::{Array, Bool, Int8, Nullable};
        let reach: &crate::accounts::Reach = $reach;
        let teams: Vec<i64> = reach.teams.iter().map(|team| team.0).collect();
        $query
            .bind::<Bool, _>(reach.public)
            .bind::<Bool, _>(reach.drafts)
            .bind::<Bool, _>(reach.restricted)
            .bind::<Nullable<Int8>, _>(reach.named.map(|person| person.0))
            .bind::<Array<Int8>, _>(teams)
            .bind::<Nullable<Int8>, _>(reach.own_drafts.map(|person| person.0))
    }};
}
pub(super) use bind_visible;
