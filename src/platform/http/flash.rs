//! A message shown once on the next page: a code in a short-lived cookie, never text.

use actix_web::HttpRequest;
use actix_web::cookie::{Cookie, SameSite, time::Duration};
use serde::Serialize;

const COOKIE: &str = "hansei-flash";

/// What just happened. The cookie carries the code; the texts are here, so nobody can plant one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flash {
    /// Changes are stored.
    Saved,
    /// Changes are stored, together with those somebody else made meanwhile.
    Merged,
    /// The same, but not published as was asked for: nobody read it as it is now.
    MergedUnpublished,
    /// A report was created.
    Created,
    /// A report was published.
    Published,
    /// Something was deleted.
    Deleted,
    /// What somebody had typed and not saved was deleted.
    GivenUp,
    /// The person signed in.
    SignedIn,
    /// The person signed out.
    SignedOut,
    /// Files were read in.
    Imported,
    /// An earlier revision was saved anew.
    Restored,
    /// A message was sent.
    Sent,
    /// Something was undone.
    Undone,
}

/// As the layout shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// Which it is, for scripts: `saved`.
    pub code: &'static str,
    /// For the style: `success`.
    pub kind: &'static str,
    /// For people.
    pub text: &'static str,
}

impl Flash {
    const ALL: [Self; 13] = [
        Self::Saved,
        Self::Merged,
        Self::MergedUnpublished,
        Self::Created,
        Self::Published,
        Self::Deleted,
        Self::GivenUp,
        Self::SignedIn,
        Self::SignedOut,
        Self::Imported,
        Self::Restored,
        Self::Sent,
        Self::Undone,
    ];

    const fn code(self) -> &'static str {
        match self {
            Self::Saved => "saved",
            Self::Merged => "merged",
            Self::MergedUnpublished => "merged-unpublished",
            Self::Created => "created",
            Self::Published => "published",
            Self::Deleted => "deleted",
            Self::GivenUp => "given-up",
            Self::SignedIn => "signed-in",
            Self::SignedOut => "signed-out",
            Self::Imported => "imported",
            Self::Restored => "restored",
            Self::Sent => "sent",
            Self::Undone => "undone",
        }
    }

    /// The message.
    pub const fn shown(self) -> Shown {
        let text = match self {
            Self::Saved => "Saved.",
            Self::Merged => {
                "Saved. Another save had come in between; the changes of both were put together."
            }
            Self::MergedUnpublished => {
                "Saved, not published: another save had come in between. Read what was put together, then publish it."
            }
            Self::Created => "Created.",
            Self::Published => "Published.",
            Self::Deleted => "Deleted.",
            Self::GivenUp => "Your changes were given up; the report is as it was.",
            Self::SignedIn => "You are signed in.",
            Self::SignedOut => "You are signed out.",
            Self::Imported => "Imported.",
            Self::Restored => "Restored. The text before it is in the history.",
            Self::Sent => "Sent.",
            Self::Undone => "Undone.",
        };
        Shown {
            code: self.code(),
            kind: "success",
            text,
        }
    }

    /// The cookie that brings the message to the next page.
    pub(crate) fn cookie(self, secure: bool) -> Cookie<'static> {
        Cookie::build(COOKIE, self.code())
            .path("/")
            .http_only(true)
            .secure(secure)
            .same_site(SameSite::Lax)
            .max_age(Duration::seconds(60))
            .finish()
    }

    /// The message the request brings, if it is one of ours.
    pub(crate) fn of(request: &HttpRequest) -> Option<Self> {
        let cookie = request.cookie(COOKIE)?;
        Self::ALL
            .into_iter()
            .find(|flash| flash.code() == cookie.value())
    }

    /// The cookie that takes the message away again.
    pub(crate) fn removal(secure: bool) -> Cookie<'static> {
        Cookie::build(COOKIE, "")
            .path("/")
            .http_only(true)
            .secure(secure)
            .same_site(SameSite::Lax)
            .max_age(Duration::ZERO)
            .finish()
    }
}
