//! The one thing that is kept of what a camera wrote: which way is up. Pure.

/// Before EXIF where it stands in a segment of its own; some write it elsewhere, too.
pub(super) const EXIF: &[u8] = b"Exif\0\0";

/// The way up that EXIF says, if it is not the usual one: without it, pictures of phones lie on their side.
pub(super) fn orientation(tiff: &[u8]) -> Option<u8> {
    let tiff = tiff.strip_prefix(EXIF).unwrap_or(tiff);
    let is_little = tiff.starts_with(b"II");
    let number = |at: usize, bytes: usize| -> Option<usize> {
        let slice = tiff.get(at..at.checked_add(bytes)?)?;
        let add = |sum: usize, byte: &u8| sum << 8 | usize::from(*byte);
        Some(if is_little {
            slice.iter().rev().fold(0, add)
        } else {
            slice.iter().fold(0, add)
        })
    };
    let directory = number(4, 4)?;
    let entries = number(directory, 2)?;
    let entry = (0..entries)
        .filter_map(|index| directory.checked_add(2 + 12 * index))
        .take_while(|at| number(*at, 2).is_some())
        .find(|at| number(*at, 2) == Some(0x0112))?;
    let turned = number(entry.checked_add(8)?, 2)?;
    u8::try_from(turned).ok().filter(|it| (2..=8).contains(it))
}

/// EXIF that says which way is up, and nothing else.
pub(super) fn only_turned(turned: u8) -> [u8; 26] {
    let mut tiff = *b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0";
    tiff[19] = turned;
    tiff
}

/// The same in place of other EXIF; none where that says nothing of it.
pub(super) fn reduced(tiff: &[u8]) -> Option<[u8; 26]> {
    orientation(tiff).map(only_turned)
}

/// Whether a picture with this EXIF is shown turned by a quarter.
pub(super) fn is_on_its_side(tiff: &[u8]) -> bool {
    orientation(tiff).is_some_and(|turned| turned >= 5)
}
