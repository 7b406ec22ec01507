//! What becomes smaller, how small, and what stays as it is.

use super::*;
use image::codecs::gif::GifEncoder;
use image::{Delay, Frame, Rgb, RgbImage, Rgba, RgbaImage};

/// A picture that does not compress well.
fn noise(width: u32, height: u32) -> RgbImage {
    let mut seed = 1_u32;
    RgbImage::from_fn(width, height, |_, _| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [_, r, g, b] = seed.to_be_bytes();
        Rgb([r, g, b])
    })
}

fn file(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.into().write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

fn read(small: &Smaller) -> DynamicImage {
    let format = if small.kind == Kind::Webp {
        ImageFormat::WebP
    } else {
        ImageFormat::Jpeg
    };
    image::load_from_memory_with_format(&small.bytes, format).unwrap()
}

#[test]
fn pictures_of_every_kind_become_as_small_as_is_asked() {
    let picture = noise(1_600, 400);
    for (kind, format) in [
        (Kind::Png, ImageFormat::Png),
        (Kind::Jpeg, ImageFormat::Jpeg),
        (Kind::Webp, ImageFormat::WebP),
        (Kind::Gif, ImageFormat::Gif),
    ] {
        let bytes = file(picture.clone(), format);
        for (size, expected) in [(Size::List, (320, 80)), (Size::Page, (1_280, 320))] {
            let small = smaller(kind, &bytes, size).unwrap();
            assert_eq!(read(&small).dimensions(), expected, "{kind:?} {size:?}");
            assert!(small.bytes.len() < bytes.len());
            assert_eq!(Kind::of(&small.bytes), Some(small.kind));
        }
    }
}

#[test]
fn a_size_is_measured_where_it_matters() {
    for (size, picture, expected) in [
        (Size::Page, (1_280, 8_000), None),
        (Size::Page, (2_560, 8_000), Some((1_280, 4_000))),
        (Size::Page, (8_000, 1), Some((1_280, 1))),
        (Size::List, (320, 320), None),
        (Size::List, (100, 3_200), Some((10, 320))),
    ] {
        assert_eq!(size.of(picture), expected, "{size:?} {picture:?}");
    }
    for size in Size::ALL {
        assert_eq!(Size::of_pixels(&size.pixels().to_string()), Some(size));
    }
    for other in ["", "0", "321", "+320", "0320", "１２８０"] {
        assert_eq!(Size::of_pixels(other), None, "{other}");
    }
}

#[test]
fn a_picture_that_is_small_or_none_serves_itself() {
    let small = file(noise(320, 200), ImageFormat::Png);
    assert_eq!(smaller(Kind::Png, &small, Size::List), None);
    for kind in Kind::ALL {
        for size in Size::ALL {
            assert_eq!(smaller(kind, b"no picture", size), None);
        }
    }
    // The header is right, the rest is cut off.
    let whole = file(noise(1_600, 400), ImageFormat::Png);
    assert_eq!(smaller(Kind::Png, &whole[..2_000], Size::List), None);
    // Few bytes say much already.
    let plain = file(RgbImage::new(330, 330), ImageFormat::Png);
    let made = smaller(Kind::Png, &plain, Size::List);
    assert!(made.is_none_or(|made| made.bytes.len() < plain.len()));
}

#[test]
fn what_says_it_is_huge_is_not_decoded() {
    let chunk = |kind: &[u8; 4], contents: &[u8]| {
        let contents = img_parts::Bytes::copy_from_slice(contents);
        let chunk = img_parts::png::PngChunk::new(*kind, contents);
        chunk.encoder().bytes().to_vec()
    };
    for (width, height, depth) in [
        (100_000_u32, 100_000_u32, 8),
        (8_000, 5_000, 8),
        (8_001, 1, 8),
        (4_500, 4_500, 16),
    ] {
        let header = [
            &width.to_be_bytes()[..],
            &height.to_be_bytes(),
            &[depth, 6, 0, 0, 0],
        ]
        .concat();
        let bytes = [
            b"\x89PNG\r\n\x1a\n".to_vec(),
            chunk(b"IHDR", &header),
            chunk(b"IDAT", &[1, 2, 3]),
            chunk(b"IEND", &[]),
        ]
        .concat();
        assert_eq!(smaller(Kind::Png, &bytes, Size::List), None);
    }
}

#[test]
fn what_one_sees_through_stays_so_and_the_rest_is_opaque() {
    let mut picture = RgbaImage::from_pixel(800, 800, Rgba([200, 30, 30, 255]));
    let opaque = file(picture.clone(), ImageFormat::Png);
    let made = smaller(Kind::Png, &opaque, Size::List);
    assert!(made.is_none_or(|made| !read(&made).color().has_alpha()));
    for (x, y, pixel) in picture.enumerate_pixels_mut() {
        let [_, _, blue, green] = (x * y).wrapping_mul(7_919).to_be_bytes();
        *pixel = Rgba([200, green, blue, if x < 400 { 0 } else { 255 }]);
    }
    let small = smaller(Kind::Png, &file(picture, ImageFormat::Png), Size::List).unwrap();
    assert_eq!(small.kind, Kind::Webp);
    let small = read(&small).to_rgba8();
    assert_eq!(
        (small.get_pixel(10, 10).0[3], small.get_pixel(300, 10).0[3]),
        (0, 255)
    );
}

#[test]
fn a_moving_picture_shows_its_first_moment() {
    let mut bytes = Vec::new();
    let frame = |colour| {
        let picture = RgbaImage::from_pixel(40, 30, Rgba(colour));
        Frame::from_parts(picture, 0, 0, Delay::from_numer_denom_ms(100, 1))
    };
    let still = {
        let mut bytes = Vec::new();
        let mut encoder = GifEncoder::new(&mut bytes);
        encoder.encode_frame(frame([255, 0, 0, 255])).unwrap();
        drop(encoder);
        bytes
    };
    assert_eq!(smaller(Kind::Gif, &still, Size::Page), None);
    let mut encoder = GifEncoder::new(&mut bytes);
    let frames = [frame([255, 0, 0, 255]), frame([0, 0, 255, 255])];
    encoder.encode_frames(frames).unwrap();
    drop(encoder);
    // However small it is: a page of them stands still.
    let small = smaller(Kind::Gif, &bytes, Size::Page).unwrap();
    let picture = read(&small).to_rgb8();
    assert_eq!(picture.dimensions(), (40, 30));
    let Rgb([red, _, blue]) = *picture.get_pixel(20, 15);
    assert!(red > 200 && blue < 60, "{red} {blue}");
}

#[test]
fn a_picture_on_its_side_is_stood_up() {
    // Upper half red, lower half blue; a viewer turns it a quarter to the right.
    let picture = RgbImage::from_fn(640, 400, |_, y| {
        Rgb(if y < 200 { [250, 0, 0] } else { [0, 0, 250] })
    });
    let mut jpeg = file(picture, ImageFormat::Jpeg);
    let exif =
        b"\xff\xe1\0\x22Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    jpeg.splice(2..2, exif.iter().copied());
    let small = smaller(Kind::Jpeg, &jpeg, Size::List).unwrap();
    let picture = read(&small).to_rgb8();
    assert_eq!(picture.dimensions(), (200, 320));
    let (left, right) = (picture.get_pixel(20, 160), picture.get_pixel(180, 160));
    assert!(left.0[2] > 200 && right.0[0] > 200, "{left:?} {right:?}");
}
