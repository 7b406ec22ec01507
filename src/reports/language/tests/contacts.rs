//! E-mail addresses and telephone numbers.

use super::{assert_calm, said};

#[test]
fn addresses_of_people_are_found_once() {
    for (text, address) in [
        ("Ask ana.kowalska@tern.dev.", "ana.kowalska@tern.dev"),
        ("<ana+pm@mail.tern.co.uk>", "ana+pm@mail.tern.co.uk"),
        ("[ana@tern.dev](mailto:ana@tern.dev)", "ana@tern.dev"),
        ("```\nAuthor: A <ana@tern.dev>\n```", "ana@tern.dev"),
    ] {
        assert_eq!(said(text), [("email", address.to_owned())], "{text}");
    }
    assert_calm(&[
        "git@github.com:a/b.git",
        "ssh ana@db.tern.dev",
        "scp x ana@db.tern.dev:/srv",
        "security@tern.dev, no-reply@tern.dev, 1+ana@users.noreply.github.com",
        "ana@example.org, ana@corp.example.com, ana@host.local",
        "icon@2x.png, lodash@4.17.21, getty@tty1.service, actions/checkout@v4.1",
        "https://ana@tern.dev/x, https://host.dev/list@lists.host.dev/x",
        "binder-team@googlegroups.com",
        "@ana, a@b, @, a@, @b.cc",
    ]);
}

#[test]
fn telephone_numbers_are_found_in_prose() {
    for (text, number) in [
        ("Call +41 44 668 18 00 at once.", "+41 44 668 18 00"),
        ("+14155550132", "+14155550132"),
        ("or (415) 555-0132.", "(415) 555-0132"),
        ("415-555-0132", "415-555-0132"),
        ("Phone: 044 668 18 00", "044 668 18 00"),
        ("Tel. 0446681800", "0446681800"),
    ] {
        assert_eq!(said(text), [("phone", number.to_owned())], "{text}");
    }
    assert_calm(&[
        "2026-03-04 10:11:12 +01:00 and +0200",
        "1234567890 rows, 10.8.27.123, 192.168.100.200",
        "port 8080, PM-2026-001-0002, run 26590470313",
        "`+41 44 668 18 00`",
        "build-415-555-0132",
        "+1 234 567 %",
        "The phone rang 12 times.",
    ]);
}
