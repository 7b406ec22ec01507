//! JPEG without EXIF, XMP, comments, previews, and the further pictures that phones append. Pure.
//!
//! The whole file is walked: between the scans of a progressive picture and after its end there can be as much as before.

use super::Front;
use super::exif::{self, EXIF, orientation};

/// The picture without what it tells; none when its segments cannot be told apart.
pub(super) fn stripped(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut rest = Front(bytes);
    if rest.take(2)? != [0xff, 0xd8] {
        return None;
    }
    let mut kept = vec![0xff, 0xd8];
    let mut turned = None;
    let mut exif_belongs_at = kept.len();
    loop {
        if rest.byte()? != 0xff {
            return None;
        }
        let mut marker = rest.byte()?;
        while marker == 0xff {
            marker = rest.byte()?;
        }
        if marker == 0xd9 {
            break;
        }
        let length = rest.0.first_chunk().map(|two| u16::from_be_bytes(*two))?;
        let segment = rest.take(usize::from(length))?;
        let contents = segment.get(2..)?;
        if marker == 0xe1 && turned.is_none() {
            turned = contents.strip_prefix(EXIF).and_then(orientation);
        }
        if is_kept(marker, contents) {
            kept.extend([0xff, marker]);
            if marker == 0xe0 {
                kept.extend(without_thumbnail(segment)?);
                exif_belongs_at = kept.len();
            } else {
                kept.extend(segment);
            }
        }
        if marker == 0xda {
            let scan = rest.take(length_of_scan(rest.0))?;
            kept.extend(scan);
            // A file that ends in the middle is shown as far as it goes.
            if rest.0.is_empty() {
                break;
            }
        }
    }
    kept.extend([0xff, 0xd9]);
    if let Some(turned) = turned {
        kept.splice(exif_belongs_at..exif_belongs_at, only_turned(turned));
    }
    Some(kept)
}

/// Whether a segment is needed to draw the picture.
fn is_kept(marker: u8, contents: &[u8]) -> bool {
    match marker {
        0xe0 => contents.starts_with(b"JFIF\0"),
        0xe2 => contents.starts_with(b"ICC_PROFILE\0"),
        0xee => contents.starts_with(b"Adobe"),
        // Frames, tables, scans. Others are for applications, comments, or reserved.
        0xc0..=0xcf | 0xda..=0xdf => true,
        _ => false,
    }
}

/// A JFIF segment that says its picture has no small one beside it. It is often of the picture as it was before somebody
/// cut something away.
fn without_thumbnail(segment: &[u8]) -> Option<[u8; 16]> {
    let mut kept = *segment.first_chunk::<16>()?;
    let [first, second, .., width, height] = &mut kept;
    (*first, *second, *width, *height) = (0, 16, 0, 0);
    Some(kept)
}

/// How many bytes of picture come before the next marker.
fn length_of_scan(bytes: &[u8]) -> usize {
    let is_marker = |pair: &[u8]| matches!(pair, [0xff, next] if !matches!(next, 0 | 0xd0..=0xd7));
    bytes.windows(2).position(is_marker).unwrap_or(bytes.len())
}

/// Whether a stripped picture is shown turned by a quarter, so that its width is its height.
pub(super) fn is_on_its_side(bytes: &[u8]) -> Option<bool> {
    let mut rest = Front(bytes.get(2..)?);
    if rest.0.starts_with(&[0xff, 0xe0]) {
        rest.take(2 + 16)?;
    }
    let exif = rest.take(4)?.starts_with(&[0xff, 0xe1]) && rest.take(6)? == EXIF;
    Some(exif && orientation(rest.0)? >= 5)
}

/// A segment of EXIF that says which way is up, and nothing else.
fn only_turned(turned: u8) -> Vec<u8> {
    let mut segment = vec![0xff, 0xe1, 0, 34];
    segment.extend(EXIF);
    segment.extend(exif::only_turned(turned));
    segment
}
