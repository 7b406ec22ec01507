//! `hansei user …` and `hansei token …`

use super::place::Place;
use super::say;
use crate::accounts::{
    self, Actor, EmailAddress, Name, NewPassword, NewPerson, NewToken, Person, Role, Scopes,
    TokenId,
};
use crate::config::Config;
use crate::platform::clock::Clock;
use crate::platform::db::Connection;
use crate::platform::secret::Secret;
use anyhow::{Context, bail};
use clap::Subcommand;
use jiff::{Span, Timestamp};
use std::io::{BufRead, IsTerminal};
use std::process::ExitCode;

#[derive(Debug, Subcommand)]
pub(super) enum UserCommand {
    /// Create a person. The password is read from standard input, so that it is in no process list or history
    Create {
        /// The e-mail address they sign in with
        #[arg(long)]
        email: String,
        /// Their name as shown; the part before the @ if not given
        #[arg(long)]
        name: Option<String>,
        /// reader, author or admin
        #[arg(long, default_value = "author")]
        role: String,
        /// The password; better given on standard input
        #[arg(
            long,
            long_help = "The password; better given on standard input [env: HANSEI_PASSWORD]"
        )]
        password: Option<String>,
    },
    /// Give a person another password, read from standard input; their sessions end
    Password {
        /// The e-mail address they sign in with
        email: String,
    },
    /// List people
    List,
    /// Keep a person from signing in; their sessions and tokens stop working
    Suspend {
        /// The e-mail address they sign in with
        email: String,
    },
    /// Let a suspended person sign in again
    Restore {
        /// The e-mail address they sign in with
        email: String,
    },
}

#[derive(Debug, Subcommand)]
pub(super) enum TokenCommand {
    /// Create a token for a program; it is shown once
    Create {
        /// What it is for, shown in lists and histories
        #[arg(long)]
        name: String,
        /// With commas: search:read, reports:read, reports:write, timeline:append, restricted:read, admin
        #[arg(long, default_value = "search:read,reports:read")]
        scopes: String,
        /// When it stops working: 90d, 12h, 2027-01-31, or “never”
        #[arg(long, default_value = "365d")]
        expires: String,
        /// The person whose rights bound it, by e-mail address; a bot of the organisation if not given
        #[arg(long, value_name = "EMAIL")]
        person: Option<String>,
    },
    /// List tokens
    List,
    /// Make a token stop working
    Revoke {
        /// Its number in the list
        id: i64,
    },
}

/// `hansei user …`
pub(super) async fn user(config: Config, command: UserCommand) -> anyhow::Result<ExitCode> {
    let place = match &command {
        // The first account may be made before the first start.
        UserCommand::Create { .. } => Place::for_first_use(&config, "user").await?,
        UserCommand::Password { .. }
        | UserCommand::List
        | UserCommand::Suspend { .. }
        | UserCommand::Restore { .. } => Place::for_tool(&config, "user").await?,
    };
    let done = run_user(&place, command, config.password.as_ref()).await;
    place.leave().await?;
    done.map(|()| ExitCode::SUCCESS)
}

async fn run_user(
    place: &Place,
    command: UserCommand,
    from_environment: Option<&Secret>,
) -> anyhow::Result<()> {
    let conn = &mut place.connect().await?;
    let now = Clock::real().now();
    match command {
        UserCommand::Create {
            email,
            name,
            role,
            password,
        } => {
            let password =
                password.or_else(|| from_environment.map(|secret| secret.expose().clone()));
            create(conn, now, (&email, name.as_deref(), &role), password).await?;
        }
        UserCommand::Password { email } => {
            let person = known(conn, &email).await?;
            let address = EmailAddress::parse(&person.email)?;
            let password =
                NewPassword::parse(&read_password()?, &address, &Name::parse(&person.name)?)?;
            let password = tokio::task::spawn_blocking(move || password.hash()).await??;
            accounts::reset_password(conn, &Actor::Operator, now, (person.id, password)).await?;
            say("The password is changed; all sessions have ended.");
        }
        UserCommand::List => {
            for person in accounts::people(conn).await? {
                let state = if person.suspended_at.is_some() {
                    "  suspended"
                } else {
                    ""
                };
                say(&format!(
                    "{:>5}  {:<8} {}  {}{state}",
                    person.id.0,
                    person.role.word(),
                    person.email,
                    person.name
                ));
            }
        }
        UserCommand::Suspend { email } => suspend(conn, &email, true, now).await?,
        UserCommand::Restore { email } => suspend(conn, &email, false, now).await?,
    }
    Ok(())
}

/// Creates the person with this e-mail address, name and role.
async fn create(
    conn: &mut Connection,
    now: Timestamp,
    (email, name, role): (&str, Option<&str>, &str),
    password: Option<String>,
) -> anyhow::Result<()> {
    let email = EmailAddress::parse(email)?;
    let name = Name::parse(name.unwrap_or_else(|| email.local_part()))?;
    let role = Role::parse(role)
        .with_context(|| format!("“{role}” is not one of reader, author, admin"))?;
    let password = match password {
        Some(password) => password,
        None => read_password()?,
    };
    let password = NewPassword::parse(&password, &email, &name)?;
    let password = Some(tokio::task::spawn_blocking(move || password.hash()).await??);
    let person = NewPerson {
        email: email.clone(),
        name,
        role,
        password,
    };
    let id = accounts::create_person(conn, &Actor::Operator, now, person).await?;
    say(&format!(
        "Created {} ({}, number {id}).",
        email.as_str(),
        role.label()
    ));
    Ok(())
}

async fn suspend(
    conn: &mut Connection,
    email: &str,
    suspended: bool,
    now: Timestamp,
) -> anyhow::Result<()> {
    let person = known(conn, email).await?;
    accounts::set_suspended(conn, &Actor::Operator, now, (person.id, suspended)).await?;
    say(if suspended {
        "Suspended; all sessions have ended."
    } else {
        "Restored."
    });
    Ok(())
}

/// The person with this e-mail address.
async fn known(conn: &mut Connection, email: &str) -> anyhow::Result<Person> {
    let address = EmailAddress::parse(email)?;
    let found = accounts::person_by_email(conn, &address).await?;
    found.with_context(|| format!("there is nobody with the e-mail address {email}"))
}

/// One line of standard input. On a terminal the person is told what is waited for.
fn read_password() -> anyhow::Result<String> {
    let input = std::io::stdin();
    if input.is_terminal() {
        super::say_error("Password (at least 12 characters; it is shown as you type):");
    }
    let mut line = String::new();
    input
        .lock()
        .read_line(&mut line)
        .context("cannot read the password")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// `hansei token …`
pub(super) async fn token(config: Config, command: TokenCommand) -> anyhow::Result<ExitCode> {
    let place = Place::for_tool(&config, "token").await?;
    let done = run_token(&place, command).await;
    place.leave().await?;
    done.map(|()| ExitCode::SUCCESS)
}

async fn run_token(place: &Place, command: TokenCommand) -> anyhow::Result<()> {
    let conn = &mut place.connect().await?;
    let now = Clock::real().now();
    match command {
        TokenCommand::Create {
            name,
            scopes,
            expires,
            person,
        } => {
            let person = match person {
                None => None,
                Some(email) => Some(known(conn, &email).await?.id),
            };
            let new = NewToken {
                name: Name::parse(&name)?,
                scopes: Scopes::parse(&scopes)?,
                expires_at: expiry(&expires, now)?,
                person,
            };
            let (secret, _id) = accounts::create_token(conn, &Actor::Operator, now, new).await?;
            say(secret.expose());
            super::say_error("Keep it: it is not shown again.");
        }
        TokenCommand::List => {
            for token in accounts::tokens(conn, &Actor::Operator).await? {
                let end = match (token.revoked_at, token.expires_at) {
                    (Some(_), _) => "revoked".to_owned(),
                    (None, Some(at)) => format!("until {}", at.strftime("%Y-%m-%d")),
                    (None, None) => "for ever".to_owned(),
                };
                let scopes = token.scopes.join(",");
                say(&format!(
                    "{:>5}  {}  {scopes}  {end}",
                    token.id.0, token.name
                ));
            }
        }
        TokenCommand::Revoke { id } => {
            accounts::revoke_token(conn, &Actor::Operator, now, TokenId(id)).await?;
            say("Revoked.");
        }
    }
    Ok(())
}

/// `90d`, `12h`, `2027-01-31`, `never`.
fn expiry(text: &str, now: Timestamp) -> anyhow::Result<Option<Timestamp>> {
    if text == "never" {
        return Ok(None);
    }
    let wrong = || format!("“{text}” is not a time such as 90d, 12h, 2027-01-31 or never");
    let at = if let Ok(date) = text.parse::<jiff::civil::Date>() {
        date.to_zoned(jiff::tz::TimeZone::UTC)
            .with_context(wrong)?
            .timestamp()
    } else {
        let span: Span = text.parse().with_context(wrong)?;
        now.to_zoned(jiff::tz::TimeZone::UTC)
            .checked_add(span)
            .with_context(wrong)?
            .timestamp()
    };
    if at <= now {
        bail!("“{text}” is in the past");
    }
    Ok(Some(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_end_when_said() {
        let now: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        let at = |text| expiry(text, now).unwrap().map(|at| at.to_string());
        assert_eq!(at("90d").unwrap(), "2027-02-19T10:00:00Z");
        assert_eq!(at("12h").unwrap(), "2026-11-21T22:00:00Z");
        assert_eq!(at("2027-01-31").unwrap(), "2027-01-31T00:00:00Z");
        assert_eq!(at("never"), None);
        for wrong in ["soon", "", "2020-01-01", "-1d"] {
            assert!(expiry(wrong, now).is_err(), "{wrong}");
        }
    }
}
