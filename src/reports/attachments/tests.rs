//! What is told apart, what is left out, and what stays.

use super::*;
use proptest::prelude::*;

const MOST: usize = USUAL_BYTES;

fn inspect(given_name: &str, bytes: &[u8], most: usize) -> Result<Attachment, Refusal> {
    super::inspect(given_name, Bytes::copy_from_slice(bytes), most)
}

fn stripped(kind: Kind, bytes: &[u8]) -> Option<Vec<u8>> {
    super::stripped(kind, Bytes::copy_from_slice(bytes)).map(Vec::from)
}

/// A word that stands in every planted note, and in no picture.
const PLANTED: &[u8] = b"GPS 52.5200N 13.4050E";

/// EXIF with a directory that points to the planted place, and the way up.
fn exif(turned: u8) -> Vec<u8> {
    let mut tiff = b"II*\0\x08\0\0\0\x02\0".to_vec();
    tiff.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, turned, 0, 0, 0]);
    tiff.extend([0x25, 0x88, 4, 0, 1, 0, 0, 0, 38, 0, 0, 0]);
    tiff.extend([0, 0, 0, 0]);
    tiff.extend(PLANTED);
    tiff
}

fn segment(marker: u8, contents: &[u8]) -> Vec<u8> {
    let length = u16::try_from(contents.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker][..], &length, contents].concat()
}

/// The pieces of a JPEG picture of 2 × 3 pixels in two scans; what is planted goes between.
fn jpeg_pieces() -> Vec<Vec<u8>> {
    let frame = [8, 0, 3, 0, 2, 1, 1, 0x11, 0];
    let scan = [
        segment(0xda, &[1, 1, 0, 0, 63, 0]),
        vec![0x12, 0xff, 0x00, 0x34, 0xff, 0xd0, 0x56],
    ];
    vec![
        vec![0xff, 0xd8],
        segment(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
        segment(0xdb, &[0; 65]),
        segment(0xc2, &frame),
        segment(0xc4, &[0; 20]),
        scan.concat(),
        scan.concat(),
    ]
}

fn jpeg_end() -> Vec<u8> {
    vec![0xff, 0xd9]
}

fn jpeg_notes() -> Vec<Vec<u8>> {
    let xmp = [b"http://ns.adobe.com/xap/1.0/\0".as_slice(), PLANTED].concat();
    vec![
        segment(0xe1, &[b"Exif\0\0".as_slice(), &exif(1)].concat()),
        segment(0xe1, &xmp),
        segment(0xed, &[b"Photoshop 3.0\0".as_slice(), PLANTED].concat()),
        segment(0xe2, &[b"MPF\0".as_slice(), PLANTED].concat()),
        segment(0xfe, PLANTED),
    ]
}

#[test]
fn a_picture_has_no_small_one_beside_it() {
    let with_thumbnail = [
        b"JFIF\0\x01\x02\0\0\x01\0\x01\x02\x01".as_slice(),
        &[0x47; 6],
    ];
    let mut pieces = jpeg_pieces();
    pieces[1] = segment(0xe0, &with_thumbnail.concat());
    let clean = stripped(Kind::Jpeg, &pieces.concat()).unwrap();
    let mut expected = jpeg_pieces();
    expected[1] = segment(0xe0, b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0");
    expected.push(jpeg_end());
    assert_eq!(clean, expected.concat());
    pieces[1] = segment(0xe0, b"JFIF\0\x01");
    assert_eq!(stripped(Kind::Jpeg, &pieces.concat()), None);
}

fn chunk(kind: [u8; 4], contents: &[u8]) -> Vec<u8> {
    let chunk = PngChunk::new(kind, Bytes::copy_from_slice(contents));
    chunk.encoder().bytes().to_vec()
}

fn png_pieces() -> Vec<Vec<u8>> {
    vec![
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(*b"IHDR", &[0, 0, 0, 2, 0, 0, 0, 3, 8, 0, 0, 0, 0]),
        chunk(*b"gAMA", &[0, 0, 0xb1, 0x8f]),
        chunk(*b"IDAT", &[1, 2, 3, 4, 5]),
    ]
}

fn png_notes() -> Vec<Vec<u8>> {
    vec![
        chunk(*b"eXIf", &exif(1)),
        chunk(*b"tEXt", PLANTED),
        chunk(*b"iTXt", PLANTED),
        chunk(*b"zTXt", PLANTED),
        chunk(*b"tIME", PLANTED),
        chunk(*b"prVt", PLANTED),
    ]
}

fn gif_pieces() -> Vec<Vec<u8>> {
    vec![
        b"GIF89a\x02\0\x03\0\x80\0\0\x01\x02\x03\x04\x05\x06".to_vec(),
        b"\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0".to_vec(),
        b"\x21\xf9\x04\0\0\0\0\0".to_vec(),
        b"\x2c\0\0\0\0\x02\0\x03\0\0\x02\x03\x01\x02\x03\0".to_vec(),
    ]
}

fn gif_notes() -> Vec<Vec<u8>> {
    let length = u8::try_from(PLANTED.len()).unwrap();
    vec![
        [b"\x21\xfe".as_slice(), &[length], PLANTED, &[0]].concat(),
        [
            b"\x21\xff\x0bXMP DataXMP".as_slice(),
            &[length],
            PLANTED,
            &[0],
        ]
        .concat(),
    ]
}

fn riff_chunk(id: &[u8], contents: &[u8]) -> Vec<u8> {
    let length = u32::try_from(contents.len()).unwrap().to_le_bytes();
    let even = &[0][..contents.len() % 2];
    [id, &length, contents, even].concat()
}

/// A WebP picture of 2 × 3 pixels that may announce EXIF and XMP.
fn webp(flags: u8, notes: &[Vec<u8>], at: usize) -> Vec<u8> {
    let mut chunks = vec![
        riff_chunk(b"VP8X", &[flags, 0, 0, 0, 1, 0, 0, 2, 0, 0]),
        riff_chunk(b"VP8L", &[0x2f, 1, 0x80, 0, 0, 1, 2]),
    ];
    for note in notes {
        chunks.insert(1 + at % chunks.len(), note.clone());
    }
    let all = [b"WEBP".to_vec(), chunks.concat()].concat();
    riff_chunk(b"RIFF", &all)
}

fn webp_notes() -> Vec<Vec<u8>> {
    vec![
        riff_chunk(b"EXIF", &exif(1)),
        riff_chunk(b"XMP ", PLANTED),
        riff_chunk(b"note", PLANTED),
    ]
}

/// The pieces with notes between them, and something behind the end.
fn planted(pieces: &[Vec<u8>], end: &[u8], notes: &[(usize, Vec<u8>)], behind: bool) -> Vec<u8> {
    let mut all = pieces.to_vec();
    for (at, note) in notes {
        // Never before the first bytes, which say what it is.
        let at = 1 + at % all.len();
        all.insert(at, note.clone());
    }
    all.push(end.to_vec());
    if behind {
        all.push(PLANTED.to_vec());
    }
    all.concat()
}

fn tells(bytes: &[u8]) -> bool {
    bytes.windows(PLANTED.len()).any(|window| window == PLANTED)
}

fn notes_of(notes: Vec<Vec<u8>>) -> impl Strategy<Value = Vec<(usize, Vec<u8>)>> {
    let note = proptest::sample::select(notes);
    proptest::collection::vec((any::<usize>(), note), 0..6)
}

proptest! {
    #[test]
    fn what_is_planted_goes_and_every_byte_of_the_picture_stays(
        jpegs in notes_of(jpeg_notes()),
        pngs in notes_of(png_notes()),
        gifs in notes_of(gif_notes()),
        webps in notes_of(webp_notes()),
        behind in any::<bool>(),
        at in any::<usize>(),
    ) {
        let webps: Vec<_> = webps.into_iter().map(|it| it.1).collect();
        for (kind, clean, dirty) in [
            (
                Kind::Jpeg,
                planted(&jpeg_pieces(), &jpeg_end(), &[], false),
                planted(&jpeg_pieces(), &jpeg_end(), &jpegs, behind),
            ),
            (
                Kind::Png,
                planted(&png_pieces(), &chunk(*b"IEND", &[]), &[], false),
                planted(&png_pieces(), &chunk(*b"IEND", &[]), &pngs, behind),
            ),
            (
                Kind::Gif,
                planted(&gif_pieces(), &[0x3b], &[], false),
                planted(&gif_pieces(), &[0x3b], &gifs, behind),
            ),
            (Kind::Webp, webp(0, &[], 0), webp(0x0c, &webps, at)),
        ] {
            let file = inspect("x", &dirty, MOST).unwrap();
            prop_assert_eq!(file.kind, kind);
            prop_assert_eq!(file.size, Some((2, 3)));
            prop_assert!(!tells(&file.bytes));
            prop_assert_eq!(&file.bytes, &clean);
            prop_assert_eq!(inspect("x", &file.bytes, MOST).unwrap().sha256, file.sha256);
        }
    }

    #[test]
    fn anything_is_answered(bytes in proptest::collection::vec(any::<u8>(), 0..300), kind in 0..4_usize) {
        let magic: [&[u8]; 4] = [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\x40\0\0\0WEBP"];
        let bytes = [magic[kind], &bytes].concat();
        if let Ok(file) = inspect("x", &bytes, MOST) {
            prop_assert_eq!(inspect(&file.name, &file.bytes, MOST), Ok(file));
        }
    }

    #[test]
    fn a_cut_picture_is_damaged_or_ends_early(cut in 0..400_usize) {
        let whole = planted(&jpeg_pieces(), &jpeg_end(), &[(1, jpeg_notes().swap_remove(0))], false);
        let part = &whole[..cut.min(whole.len())];
        if let Ok(file) = inspect("x", part, MOST) {
            prop_assert!(!tells(&file.bytes));
        }
    }

    #[test]
    fn names_are_safe_and_stay_as_they_are(given in ".{0,300}") {
        for kind in Kind::ALL {
            let name = file_name(&given, kind);
            prop_assert!((3..=105).contains(&name.chars().count()), "{}", name);
            prop_assert!(name.chars().all(|c| c.is_alphanumeric() || ".-_".contains(c)), "{}", name);
            prop_assert!(!name.starts_with('.') && !name.contains(".."), "{}", name);
            prop_assert_eq!(file_name(&name, kind), name);
        }
    }
}

#[test]
fn a_picture_that_lies_on_its_side_still_says_so_and_nothing_else() {
    let note = segment(0xe1, &[b"Exif\0\0".as_slice(), &exif(6)].concat());
    let dirty = planted(&jpeg_pieces(), &jpeg_end(), &[(1, note)], false);
    let file = inspect("x", &dirty, MOST).unwrap();
    assert!(!tells(&file.bytes));
    assert_eq!(file.size, Some((3, 2)), "as it is shown");
    let read = img_parts::jpeg::Jpeg::from_bytes(file.bytes.clone()).unwrap();
    let exif = img_parts::ImageEXIF::exif(&read).unwrap();
    assert_eq!(&exif[18..20], [0, 6]);
    assert_eq!(
        inspect("x", &file.bytes, MOST).unwrap(),
        Attachment {
            name: "x.jpg".to_owned(),
            ..file
        }
    );
}

#[test]
fn other_pictures_that_lie_on_their_side_say_so_too() {
    for (begins, turned, size) in [(false, 6, (3, 2)), (true, 8, (3, 2)), (false, 3, (2, 3))] {
        let tiff = exif(turned);
        let tiff = if begins {
            [b"Exif\0\0".as_slice(), &tiff].concat()
        } else {
            tiff
        };
        let notes = [(1, chunk(*b"eXIf", &tiff)), (3, chunk(*b"tEXt", PLANTED))];
        let png = planted(&png_pieces(), &chunk(*b"IEND", &[]), &notes, true);
        let webp = webp(
            0x0c,
            &[riff_chunk(b"EXIF", &tiff), riff_chunk(b"XMP ", PLANTED)],
            1,
        );
        for dirty in [png, webp] {
            let file = inspect("x", &dirty, MOST).unwrap();
            assert!(!tells(&file.bytes), "{:?}", file.kind);
            assert_eq!(file.size, Some(size), "{:?}: as it is shown", file.kind);
            let kept = exif::only_turned(turned);
            let said = file.bytes.windows(kept.len()).filter(|it| *it == kept);
            assert_eq!(said.count(), 1, "{:?}", file.kind);
            let again = inspect("x", &file.bytes, MOST).unwrap();
            assert_eq!((again.size, again.sha256), (file.size, file.sha256));
        }
    }
    // What the header of a picture does not announce, nobody reads; the usual way up needs no word.
    let note = riff_chunk(b"EXIF", &exif(6));
    let drawn = riff_chunk(b"VP8L", &[0x2f, 1, 0x80, 0, 0, 1, 2]);
    let plain = [b"WEBP".to_vec(), drawn, note].concat();
    let plain = stripped(Kind::Webp, &riff_chunk(b"RIFF", &plain)).unwrap();
    let upright = stripped(Kind::Webp, &webp(8, &[riff_chunk(b"EXIF", &exif(1))], 1)).unwrap();
    for clean in [plain, upright] {
        assert!(!clean.windows(4).any(|it| it == b"EXIF"));
    }
}

#[test]
fn a_picture_with_nothing_to_take_out_is_not_copied() {
    let clean = Bytes::from(planted(&png_pieces(), &chunk(*b"IEND", &[]), &[], false));
    let kept = super::stripped(Kind::Png, clean.clone()).unwrap();
    assert_eq!((kept.as_ptr(), kept.len()), (clean.as_ptr(), clean.len()));
}

#[test]
fn only_known_kinds_are_attached() {
    let text = |bytes: &[u8]| inspect("a.log", bytes, MOST).map(|file| file.kind);
    for (bytes, expected) in [
        (&b""[..], Err(Refusal::Empty)),
        (b"%PDF-1.7\n\0\xff", Ok(Kind::Pdf)),
        (b"12:01 all is well\n", Ok(Kind::Text)),
        ("反省".as_bytes(), Ok(Kind::Text)),
        (b"<svg onload=\"alert(1)\"/>", Ok(Kind::Text)),
        (b"a\0b", Err(Refusal::UnknownKind)),
        (b"\xff\xfea\0", Err(Refusal::UnknownKind)),
        (b"MZ\x90\0", Err(Refusal::UnknownKind)),
        (b"PK\x03\x04\xff", Err(Refusal::UnknownKind)),
        (b"\x89PNG\r\n\x1a\n", Err(Refusal::Damaged)),
        (b"\xff\xd8\xff\xe0", Err(Refusal::Damaged)),
        (b"GIF89a", Err(Refusal::Damaged)),
        (b"RIFF\x04\0\0\0WEBP", Err(Refusal::Damaged)),
    ] {
        assert_eq!(
            text(bytes),
            expected,
            "{:?}",
            String::from_utf8_lossy(bytes)
        );
    }
    assert_eq!(
        inspect("a", &[b'a'; 11], 10),
        Err(Refusal::TooLarge {
            bytes: 11,
            most: 10
        })
    );
}

#[test]
fn pictures_with_too_many_pixels_are_refused_by_their_header() {
    let sized = |width: u32, height: u32| {
        let header = [
            &width.to_be_bytes()[..],
            &height.to_be_bytes(),
            &[8, 0, 0, 0, 0],
        ]
        .concat();
        let pieces = [
            b"\x89PNG\r\n\x1a\n".to_vec(),
            chunk(*b"IHDR", &header),
            chunk(*b"IEND", &[]),
        ];
        inspect("x", &pieces.concat(), MOST).map(|file| file.size.unwrap())
    };
    for (width, height) in [(8_000, 5_000), (1, 8_000), (6_324, 6_324)] {
        assert_eq!(sized(width, height), Ok((width, height)));
    }
    for (width, height) in [(8_001, 1), (1, 8_001), (8_000, 5_001), (u32::MAX, u32::MAX)] {
        assert_eq!(
            sized(width, height),
            Err(Refusal::TooManyPixels { width, height })
        );
    }
    assert_eq!(sized(0, 5), Err(Refusal::Damaged));
}

#[test]
fn names_end_as_their_kind_does() {
    for (given, kind, expected) in [
        ("graph.png", Kind::Png, "graph.png"),
        (
            "C:\\Users\\ada\\graph of p99.PNG",
            Kind::Png,
            "graph-of-p99.PNG",
        ),
        ("../../etc/passwd", Kind::Text, "passwd.txt"),
        ("evil.html", Kind::Text, "evil.html.txt"),
        ("evil.svg", Kind::Text, "evil.svg.txt"),
        ("app.log", Kind::Text, "app.log"),
        ("photo.jpeg", Kind::Jpeg, "photo.jpeg"),
        ("photo.png", Kind::Jpeg, "photo.png.jpg"),
        ("", Kind::Png, "picture.png"),
        ("...", Kind::Text, "file.txt"),
        ("障害 図.png", Kind::Png, "障害-図.png"),
        ("a](javascript:x).png", Kind::Png, "a-javascript-x.png"),
    ] {
        assert_eq!(file_name(given, kind), expected, "{given}");
    }
    assert_eq!(encoded("障a-b.png"), "%E9%9A%9Ca-b.png");
}
