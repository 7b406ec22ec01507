//! Smaller pictures made of attached ones, for pages that show many: right way up, and of a moving picture its first
//! moment. Pure.
//!
//! This is the one place that decodes a picture. How large it says it is counts before a pixel is read, so that no file
//! takes more memory than [`MOST_MEMORY`] and what scaling needs, about as much again.

use super::{Front, Kind, LONGEST_SIDE, gif};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::webp::WebPEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{
    DynamicImage, ExtendedColorType, GenericImageView as _, ImageDecoder, ImageEncoder,
    ImageFormat, ImageReader, Limits,
};
use std::io::Cursor;

/// Goes up when the same picture would give another smaller one, so that kept ones are made anew.
pub const MAKER: i16 = 1;
/// The most pixels that are decoded; a larger picture is shown as it is.
const MOST_PIXELS: u64 = 24_000_000;
/// The most bytes of decoded pixels.
const MOST_MEMORY: u64 = 128 * 1024 * 1024;
/// A smaller picture with more bytes is none.
const MOST_BYTES: usize = 2 * 1024 * 1024;
/// Of JPEG, 1 to 100: letters in a screenshot stay legible.
const QUALITY: u8 = 85;

/// How small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// Beside a name in a list.
    List,
    /// In the text of a report: as wide as the text, on a screen with two pixels for one.
    Page,
}

impl Size {
    /// Both.
    pub const ALL: [Self; 2] = [Self::List, Self::Page];

    /// Its width, which names it in addresses and in the database.
    pub const fn pixels(self) -> u16 {
        match self {
            Self::List => 320,
            Self::Page => 1280,
        }
    }

    /// Reads [`Self::pixels`] back.
    pub fn of_pixels(text: &str) -> Option<Self> {
        let is_it = |size: &Self| size.pixels().to_string() == text;
        Self::ALL.into_iter().find(is_it)
    }

    /// What a picture of this size becomes; none when it is small enough.
    fn of(self, (width, height): (u32, u32)) -> Option<(u32, u32)> {
        let most = u32::from(self.pixels());
        let longest = match self {
            Self::List => width.max(height),
            // A long page of a screenshot is as wide as the text, however long.
            Self::Page => width,
        };
        let scaled = |side: u32| {
            let scaled = u64::from(side) * u64::from(most) / u64::from(longest.max(1));
            u32::try_from(scaled).unwrap_or(most).max(1)
        };
        (longest > most).then(|| (scaled(width), scaled(height)))
    }
}

/// A smaller picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Smaller {
    /// What it is.
    pub kind: Kind,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// Makes the smaller picture; none where the picture itself serves as well: it is small, it cannot be decoded within
/// the limits, or it is no picture at all.
pub fn smaller(kind: Kind, bytes: &[u8], size: Size) -> Option<Smaller> {
    let format = match kind {
        Kind::Png => ImageFormat::Png,
        Kind::Jpeg => ImageFormat::Jpeg,
        Kind::Gif => ImageFormat::Gif,
        Kind::Webp => ImageFormat::WebP,
        Kind::Pdf | Kind::Text => return None,
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits());
    let mut decoder = reader.into_decoder().ok()?;
    let (width, height) = decoder.dimensions();
    let is_bounded =
        u64::from(width) * u64::from(height) <= MOST_PIXELS && decoder.total_bytes() <= MOST_MEMORY;
    let moves = is_moving(kind, bytes);
    let turned = decoder.orientation().ok()?;
    let wanted = size.of(upright((width, height), turned));
    if !is_bounded || (wanted.is_none() && !moves) {
        return None;
    }
    let has_plain_colours = matches!(
        decoder.original_color_type(),
        ExtendedColorType::Rgb8 | ExtendedColorType::Rgba8
    );
    let colours = decoder.icc_profile().ok()?.filter(|_| has_plain_colours);
    let mut picture = DynamicImage::from_decoder(decoder).ok()?;
    if let Some(wanted) = wanted {
        let (width, height) = upright(wanted, turned);
        picture = picture.resize_exact(width, height, FilterType::Triangle);
    }
    picture.apply_orientation(turned);
    let made = encoded(&picture, colours.as_deref())?;
    let is_worth_it = moves || made.bytes.len() < bytes.len();
    (is_worth_it && made.bytes.len() <= MOST_BYTES).then_some(made)
}

fn limits() -> Limits {
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    limits
}

/// Width and height of what is stored this way up, when it is turned; and back again.
fn upright((width, height): (u32, u32), turned: Orientation) -> (u32, u32) {
    match turned {
        Orientation::Rotate90
        | Orientation::Rotate270
        | Orientation::Rotate90FlipH
        | Orientation::Rotate270FlipH => (height, width),
        Orientation::NoTransforms
        | Orientation::Rotate180
        | Orientation::FlipHorizontal
        | Orientation::FlipVertical => (width, height),
    }
}

/// Without loss where there is something to see through, or where that takes no more bytes; else as JPEG.
fn encoded(picture: &DynamicImage, colours: Option<&[u8]>) -> Option<Smaller> {
    let is_seen_through = picture.color().has_alpha()
        && picture
            .pixels()
            .any(|(_, _, pixel)| pixel.0.last().is_some_and(|alpha| *alpha < u8::MAX));
    let lossless = {
        let picture = if is_seen_through {
            DynamicImage::ImageRgba8(picture.to_rgba8())
        } else {
            DynamicImage::ImageRgb8(picture.to_rgb8())
        };
        let mut bytes = Vec::new();
        written(WebPEncoder::new_lossless(&mut bytes), &picture, colours)?;
        let kind = Kind::Webp;
        Smaller { kind, bytes }
    };
    if is_seen_through {
        return Some(lossless);
    }
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
    let picture = DynamicImage::ImageRgb8(picture.to_rgb8());
    written(encoder, &picture, colours)?;
    let kind = Kind::Jpeg;
    let lossy = Smaller { kind, bytes };
    let is_lossless_fine = lossless.bytes.len() <= lossy.bytes.len();
    Some(if is_lossless_fine { lossless } else { lossy })
}

fn written(
    mut encoder: impl ImageEncoder,
    picture: &DynamicImage,
    colours: Option<&[u8]>,
) -> Option<()> {
    if let Some(colours) = colours {
        encoder.set_icc_profile(colours.to_vec()).ok()?;
    }
    let (width, height) = picture.dimensions();
    let colour = picture.color().into();
    encoder
        .write_image(picture.as_bytes(), width, height, colour)
        .ok()
}

/// Whether the picture moves.
fn is_moving(kind: Kind, bytes: &[u8]) -> bool {
    match kind {
        Kind::Gif => gif::is_moving(bytes),
        Kind::Png => is_moving_png(bytes).unwrap_or(false),
        // A bit of the flags in the first part.
        Kind::Webp => {
            bytes.get(12..16) == Some(b"VP8X") && bytes.get(20).is_some_and(|flags| flags & 2 != 0)
        }
        Kind::Jpeg | Kind::Pdf | Kind::Text => false,
    }
}

/// Whether a part before the pixels announces moments.
fn is_moving_png(bytes: &[u8]) -> Option<bool> {
    let mut rest = Front(bytes.get(8..)?);
    loop {
        let length = u32::from_be_bytes(*rest.take(4)?.first_chunk()?);
        match rest.take(4)? {
            b"acTL" => return Some(true),
            b"IDAT" => return Some(false),
            _ => {}
        }
        rest.take(usize::try_from(length).ok()?.checked_add(4)?)?;
    }
}

#[cfg(test)]
#[path = "smaller_tests.rs"]
mod tests;
