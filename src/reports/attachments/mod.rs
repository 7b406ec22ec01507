//! Files attached to reports: what may be attached, told by its first bytes, and without what a camera wrote into it. Pure.
//!
//! To attach it, nothing is decoded: a picture keeps its bytes, and only the parts around them that tell where and by whom it was taken
//! are left out. What is kept is listed, so that kinds of parts yet to be invented are left out as well.

mod exif;
mod gif;
mod jpeg;
mod looked;
mod name;
mod smaller;

use crate::platform::secret::sha256;
use img_parts::Bytes;
use img_parts::png::{Png, PngChunk};
use img_parts::riff::{RiffChunk, RiffContent};

pub use name::{encoded, file_name};
pub use smaller::{MAKER, Size, Smaller, smaller};

/// The most bytes of a file, unless the operator says otherwise.
pub const USUAL_BYTES: usize = 10 * 1024 * 1024;
/// The most files of one report.
pub const MOST_FILES: i64 = 100;
/// The most bytes of all files of one report.
pub const MOST_BYTES_OF_REPORT: i64 = 200 * 1024 * 1024;
/// The longest side of a picture, in pixels.
const LONGEST_SIDE: u32 = 8_000;
/// The most pixels of a picture.
const MOST_PIXELS: u64 = 40_000_000;

/// What a file is. What the browser says of it does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A picture.
    Png,
    /// A picture.
    Jpeg,
    /// A picture, maybe a moving one.
    Gif,
    /// A picture.
    Webp,
    /// Pages, stored as they are.
    Pdf,
    /// Text, such as a log. Also HTML and SVG, which are shown to nobody but as text.
    Text,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::Png,
        Self::Jpeg,
        Self::Gif,
        Self::Webp,
        Self::Pdf,
        Self::Text,
    ];

    /// The media type under which it is stored and served.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::Gif => "image/gif",
            Self::Webp => "image/webp",
            Self::Pdf => "application/pdf",
            Self::Text => "text/plain",
        }
    }

    /// Reads [`Self::media_type`] back.
    pub fn of_media_type(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.media_type() == text)
    }

    /// Whether a page may show it; everything else is only given to be stored.
    pub const fn is_picture(self) -> bool {
        match self {
            Self::Png | Self::Jpeg | Self::Gif | Self::Webp => true,
            Self::Pdf | Self::Text => false,
        }
    }

    /// The endings of names of this kind; a name with another one gets the first.
    const fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Png => &["png"],
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Gif => &["gif"],
            Self::Webp => &["webp"],
            Self::Pdf => &["pdf"],
            Self::Text => &[
                "txt", "log", "csv", "json", "yaml", "yml", "md", "diff", "patch",
            ],
        }
    }

    /// What the first bytes say; text is what can be read as text to its end.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        let is_webp = bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP");
        match bytes {
            _ if bytes.starts_with(b"\x89PNG\r\n\x1a\n") => Some(Self::Png),
            _ if bytes.starts_with(b"\xff\xd8\xff") => Some(Self::Jpeg),
            _ if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") => Some(Self::Gif),
            _ if is_webp => Some(Self::Webp),
            _ if bytes.starts_with(b"%PDF-") => Some(Self::Pdf),
            _ if !bytes.contains(&0) && std::str::from_utf8(bytes).is_ok() => Some(Self::Text),
            _ => None,
        }
    }
}

/// A file as it will be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// What it is.
    pub kind: Kind,
    /// Its name, safe in addresses and headers.
    pub name: String,
    /// The bytes, without what they told about who made them.
    pub bytes: Bytes,
    /// The SHA-256 of these bytes: its name in the store.
    pub sha256: [u8; 32],
    /// Width and height of a picture, the right way up.
    pub size: Option<(u32, u32)>,
    /// What in a text may not be meant for its readers; empty where nothing is.
    pub warning: String,
}

/// Why a file is not attached.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is nothing in it.
    #[error("The file is empty.")]
    Empty,
    /// More bytes than fit.
    #[error(
        "The file has {bytes} bytes; at most {most} can be attached. Attach the part that matters."
    )]
    TooLarge {
        /// How many it has.
        bytes: usize,
        /// How many fit.
        most: usize,
    },
    /// No kind that can be attached.
    #[error(
        "This kind of file cannot be attached: PNG, JPEG, GIF and WebP pictures, PDF, and text or logs in UTF-8 can."
    )]
    UnknownKind,
    /// It begins like a picture but is none.
    #[error(
        "The picture is damaged: its parts cannot be told apart. Open it, save it anew, and attach that."
    )]
    Damaged,
    /// More pixels than fit.
    #[error(
        "The picture is {width} × {height} pixels; at most 8000 on a side and 40 million in all can be shown. Make it smaller."
    )]
    TooManyPixels {
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
    },
}

/// Looks at a file that somebody wants to attach, and takes out of it what it tells about them.
///
/// What has nothing to take out is kept as it came, and not copied.
pub fn inspect(given_name: &str, bytes: Bytes, most: usize) -> Result<Attachment, Refusal> {
    if bytes.is_empty() {
        return Err(Refusal::Empty);
    }
    if bytes.len() > most {
        return Err(Refusal::TooLarge {
            bytes: bytes.len(),
            most,
        });
    }
    let kind = Kind::of(&bytes).ok_or(Refusal::UnknownKind)?;
    let bytes = stripped(kind, bytes).ok_or(Refusal::Damaged)?;
    let size = if kind.is_picture() {
        let (width, height) = fitting_size(&bytes)?;
        Some(if is_on_its_side(kind, &bytes) == Some(true) {
            (height, width)
        } else {
            (width, height)
        })
    } else {
        None
    };
    Ok(Attachment {
        kind,
        name: file_name(given_name, kind),
        warning: looked::warning(kind, &bytes),
        sha256: sha256(&bytes),
        bytes,
        size,
    })
}

/// Width and height as the header has them, if they fit.
fn fitting_size(bytes: &[u8]) -> Result<(u32, u32), Refusal> {
    let size = imagesize::blob_size(bytes).map_err(|_unreadable| Refusal::Damaged)?;
    let pixels = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
    let (width, height) = (pixels(size.width), pixels(size.height));
    if width == 0 || height == 0 {
        return Err(Refusal::Damaged);
    }
    let fits =
        width.max(height) <= LONGEST_SIDE && u64::from(width) * u64::from(height) <= MOST_PIXELS;
    if fits {
        Ok((width, height))
    } else {
        Err(Refusal::TooManyPixels { width, height })
    }
}

/// The bytes without what they tell beside the picture; none when its parts cannot be told apart.
fn stripped(kind: Kind, bytes: Bytes) -> Option<Bytes> {
    match kind {
        Kind::Png => png(bytes),
        Kind::Jpeg => jpeg::stripped(&bytes).map(Bytes::from),
        Kind::Gif => gif::stripped(&bytes).map(Bytes::from),
        Kind::Webp => webp(bytes),
        Kind::Pdf | Kind::Text => Some(bytes),
    }
}

/// Whether a stripped picture is shown turned by a quarter, so that its width is its height.
fn is_on_its_side(kind: Kind, bytes: &Bytes) -> Option<bool> {
    match kind {
        Kind::Jpeg => jpeg::is_on_its_side(bytes),
        Kind::Png => {
            let png = Png::from_bytes(bytes.clone()).ok()?;
            let exif = png.chunk_by_type(PNG_EXIF)?;
            Some(exif::is_on_its_side(exif.contents()))
        }
        Kind::Webp => {
            let riff = RiffChunk::from_bytes(bytes.clone()).ok()?;
            let RiffContent::List { subchunks, .. } = riff.content() else {
                return None;
            };
            let exif = subchunks.iter().find(|it| it.id() == WEBP_EXIF)?;
            Some(exif::is_on_its_side(data_of(exif)?))
        }
        Kind::Gif | Kind::Pdf | Kind::Text => None,
    }
}

/// What a PNG picture is drawn from. Left out are texts, times, what EXIF says beside the way up, and whatever stands
/// after the end.
const PNG_CHUNKS: [&[u8; 4]; 17] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB",
    b"cICP", b"bKGD", b"hIST", b"pHYs", b"acTL", b"fcTL", b"fdAT",
];
const PNG_EXIF: [u8; 4] = *b"eXIf";

fn png(bytes: Bytes) -> Option<Bytes> {
    // Its parts are views of these bytes, not copies.
    let mut png = Png::from_bytes(bytes.clone()).ok()?;
    let mut turned = None;
    let before = png.chunks().len();
    png.chunks_mut().retain(|chunk| {
        if chunk.kind() == PNG_EXIF && turned.is_none() {
            turned = exif::reduced(chunk.contents());
        }
        PNG_CHUNKS.contains(&&chunk.kind())
    });
    if png.chunks().len() == before && png.len() == bytes.len() {
        return Some(bytes);
    }
    drop(bytes);
    if let Some(turned) = turned {
        // Below the header: whoever shows it as it comes, knows before the first line.
        let exif = PngChunk::new(PNG_EXIF, Bytes::copy_from_slice(&turned));
        let below = png.chunks().len().min(1);
        png.chunks_mut().insert(below, exif);
    }
    let mut kept = Vec::with_capacity(png.len());
    png.encoder().write_to(&mut kept).ok()?;
    Some(kept.into())
}

/// What a WebP picture is drawn from.
const WEBP_CHUNKS: [&[u8; 4]; 7] = [
    b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF", b"ICCP",
];
const WEBP_EXIF: [u8; 4] = *b"EXIF";
const WEBP_HEADER: [u8; 4] = *b"VP8X";
/// The bits of the first byte of `VP8X` that announce EXIF and XMP.
const WEBP_ANNOUNCED: u8 = 0b0000_1100;
const WEBP_ANNOUNCED_EXIF: u8 = 0b0000_1000;

fn data_of(chunk: &RiffChunk) -> Option<&[u8]> {
    match chunk.content() {
        RiffContent::Data(data) => Some(data),
        RiffContent::List { .. } => None,
    }
}

fn webp(bytes: Bytes) -> Option<Bytes> {
    let length = bytes.len();
    let mut riff = RiffChunk::from_bytes(bytes).ok()?;
    let RiffContent::List { subchunks, .. } = riff.content_mut() else {
        return None;
    };
    // Without that header a picture has no EXIF, whatever stands in the file.
    let has_header = subchunks.iter().any(|chunk| chunk.id() == WEBP_HEADER);
    let mut exif = subchunks.iter().filter(|chunk| chunk.id() == WEBP_EXIF);
    let turned = exif
        .find_map(|chunk| exif::reduced(data_of(chunk)?))
        .filter(|_| has_header);
    subchunks.retain(|chunk| WEBP_CHUNKS.contains(&&chunk.id()));
    let announced = if turned.is_some() {
        WEBP_ANNOUNCED_EXIF
    } else {
        0
    };
    for chunk in subchunks
        .iter_mut()
        .filter(|chunk| chunk.id() == WEBP_HEADER)
    {
        if let RiffContent::Data(data) = chunk.content_mut() {
            let mut flags = data.to_vec();
            let first = flags.first_mut()?;
            *first = *first & !WEBP_ANNOUNCED | announced;
            *data = flags.into();
        }
    }
    if let Some(turned) = turned {
        let data = RiffContent::Data(Bytes::copy_from_slice(&turned));
        subchunks.push(RiffChunk::new(WEBP_EXIF, data));
    }
    let mut kept = Vec::with_capacity(length);
    riff.encoder().write_to(&mut kept).ok()?;
    Some(kept.into())
}

/// Bytes that are read from the front.
struct Front<'a>(&'a [u8]);

impl<'a> Front<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }
}

#[cfg(test)]
mod tests;
