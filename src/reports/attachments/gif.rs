//! GIF without comments and the notes of applications. Pure.

use super::Front;

/// Applications without which moving pictures stop after one round.
const LOOPS: [&[u8]; 2] = [b"NETSCAPE2.0", b"ANIMEXTS1.0"];

/// The picture without what it tells; none when its blocks cannot be told apart.
pub(super) fn stripped(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut rest = Front(bytes);
    let mut kept = Vec::with_capacity(bytes.len());
    let head = rest.take(13)?;
    kept.extend(head);
    kept.extend(rest.take(table(*head.get(10)?))?);
    // A file that ends in the middle is shown as far as it goes.
    while let Some(kind) = rest.byte() {
        match kind {
            0x2c => {
                let descriptor = rest.take(9)?;
                kept.push(kind);
                kept.extend(descriptor);
                kept.extend(rest.take(table(*descriptor.get(8)?))?);
                kept.push(rest.byte()?);
                kept.extend(blocks(&mut rest)?);
            }
            0x21 => {
                let label = rest.byte()?;
                let all = blocks(&mut rest)?;
                let is_kept = match label {
                    0xf9 => true,
                    0xff => LOOPS.iter().any(|name| all.get(1..12) == Some(*name)),
                    _ => false,
                };
                if is_kept {
                    kept.extend([kind, label]);
                    kept.extend(all);
                }
            }
            0x3b => break,
            _ => return None,
        }
    }
    kept.push(0x3b);
    Some(kept)
}

/// Whether there is more than one picture in it.
pub(super) fn is_moving(bytes: &[u8]) -> bool {
    pictures(bytes).is_some_and(|pictures| pictures > 1)
}

/// How many pictures there are, up to two.
fn pictures(bytes: &[u8]) -> Option<usize> {
    let mut rest = Front(bytes);
    let head = rest.take(13)?;
    rest.take(table(*head.get(10)?))?;
    let mut pictures = 0;
    while pictures < 2 {
        match rest.byte() {
            Some(0x2c) => {
                pictures += 1;
                let descriptor = rest.take(9)?;
                rest.take(table(*descriptor.get(8)?))?;
                rest.byte()?;
            }
            Some(0x21) => {
                rest.byte()?;
            }
            Some(_) | None => break,
        }
        blocks(&mut rest)?;
    }
    Some(pictures)
}

/// How long the colour table is that these flags announce.
fn table(flags: u8) -> usize {
    if flags & 0x80 == 0 {
        0
    } else {
        3 << ((flags & 7) + 1)
    }
}

/// The blocks up to the empty one, with it.
fn blocks<'a>(rest: &mut Front<'a>) -> Option<&'a [u8]> {
    let all = rest.0;
    let mut length = 0;
    loop {
        let size = usize::from(rest.byte()?);
        rest.take(size)?;
        length += 1 + size;
        if size == 0 {
            return all.get(..length);
        }
    }
}
